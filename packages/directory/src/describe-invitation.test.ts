import { expect, test } from 'vitest';
import { acceptInvitation } from './accept-invitation.ts';
import { createGroup } from './create-group.ts';
import { describeInvitation } from './describe-invitation.ts';
import {
  anHourAgo,
  anInvitation,
  anOrganization,
  inAnHour,
  unknownId,
  useDatabase,
} from './fixtures.ts';

const use = useDatabase();

test('a pending invitation shows what can still be accepted, by name', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const group = await createGroup(use.db, orgId, { name: 'North', websiteIds: [websites[0]!.id] });
  const expiresAt = inAnHour();
  const { id } = await anInvitation(
    use.db,
    orgId,
    'ann@example.com',
    [
      { websiteId: websites[1]!.id, role: 'admin', expiresAt },
      { groupId: group.id, expiresAt },
      { websiteId: websites[0]!.id, expiresAt: anHourAgo() },
      { websiteId: websites[2]!.id, state: 'revoked' },
    ],
    { firstName: 'Ann' },
  );
  expect(await describeInvitation(use.db, id)).toEqual({
    state: 'pending',
    organization: 'Acme',
    email: 'ann@example.com',
    firstName: 'Ann',
    lastName: null,
    items: [
      { kind: 'group', id: group.id, name: 'North', role: 'viewer' },
      { kind: 'website', id: websites[1]!.id, name: 'site-1.example', role: 'admin' },
    ],
    expiresAt,
  });
});

test('an accepted invitation shows what was accepted', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const { id } = await anInvitation(use.db, orgId, 'ann@example.com', [
    { websiteId: websites[0]!.id },
    { websiteId: websites[1]!.id, state: 'revoked' },
  ]);
  await acceptInvitation(use.db, id);
  expect(await describeInvitation(use.db, id)).toMatchObject({
    state: 'accepted',
    items: [{ id: websites[0]!.id }],
  });
});

test('an invitation is expired when every invite is, else revoked', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const expired = { websiteId: websites[0]!.id, expiresAt: anHourAgo() };
  const revoked = { websiteId: websites[1]!.id, state: 'revoked' as const };
  const first = await anInvitation(use.db, orgId, 'ann@example.com', [expired]);
  const second = await anInvitation(use.db, orgId, 'bea@example.com', [expired, revoked]);
  expect(await describeInvitation(use.db, first.id)).toMatchObject({ state: 'expired' });
  const description = await describeInvitation(use.db, second.id);
  expect(description).toMatchObject({ state: 'revoked' });
  expect(description?.items).toHaveLength(2);
});

test('an unknown invitation and one without invites are described as nothing', async () => {
  const { orgId } = await anOrganization(use.db);
  const { id } = await anInvitation(use.db, orgId, 'ann@example.com', []);
  expect(await describeInvitation(use.db, id)).toBeNull();
  expect(await describeInvitation(use.db, unknownId())).toBeNull();
});
