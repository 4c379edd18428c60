import { expect, test } from 'vitest';
import { acceptInvitation } from './accept-invitation.ts';
import { createGroup } from './create-group.ts';
import { describeInvitation } from './describe-invitation.ts';
import { anHourAgo, anInvitation, anOrganization, unknownId, useDatabase } from './fixtures.ts';
import { revokeInvite } from './revoke-invite.ts';

const use = useDatabase();

test('a pending invite is revoked once; then, accepted or expired, it is a conflict', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const { id, inviteIds } = await anInvitation(use.db, orgId, 'ann@example.com', [
    { websiteId: websites[0]!.id },
    { websiteId: websites[1]!.id },
    { websiteId: websites[2]!.id, expiresAt: anHourAgo() },
  ]);
  const [first, second, late] = inviteIds as [string, string, string];
  const revoke = (inviteId: string) => revokeInvite(use.db, orgId, inviteId, null);
  const conflict = (word: string) => ({
    code: 'state_conflict',
    message: expect.stringContaining(word),
  });
  await revoke(first);
  expect((await describeInvitation(use.db, id))?.items).toHaveLength(1);
  await expect(revoke(first)).rejects.toMatchObject(conflict('revoked'));
  await expect(revoke(late)).rejects.toMatchObject(conflict('expired'));
  await acceptInvitation(use.db, id);
  await expect(revoke(second)).rejects.toMatchObject(conflict('accepted'));
});

test('a scoped key revokes invites to its own websites and sees no others', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const group = await createGroup(use.db, orgId, { name: 'G', websiteIds: [websites[0]!.id] });
  const { inviteIds } = await anInvitation(use.db, orgId, 'ann@example.com', [
    { websiteId: websites[0]!.id },
    { websiteId: websites[1]!.id },
    { groupId: group.id },
  ]);
  const scope = [websites[0]!.id];
  await revokeInvite(use.db, orgId, inviteIds[0]!, scope);
  for (const hidden of inviteIds.slice(1)) {
    await expect(revokeInvite(use.db, orgId, hidden, scope)).rejects.toMatchObject({
      code: 'not_found',
    });
  }
});

test("an unknown invite and another organization's are not found", async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const stranger = await anOrganization(use.db);
  const { inviteIds } = await anInvitation(use.db, orgId, 'ann@example.com', [
    { websiteId: websites[0]!.id },
  ]);
  const notFound = { code: 'not_found' };
  await expect(revokeInvite(use.db, stranger.orgId, inviteIds[0]!, null)).rejects.toMatchObject(
    notFound,
  );
  await expect(revokeInvite(use.db, orgId, unknownId(), null)).rejects.toMatchObject(notFound);
});
