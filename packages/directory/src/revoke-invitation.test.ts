import { expect, test } from 'vitest';
import { acceptInvitation } from './accept-invitation.ts';
import { anHourAgo, anInvitation, anOrganization, unknownId, useDatabase } from './fixtures.ts';
import { revokeInvitation } from './revoke-invitation.ts';

const use = useDatabase();

let people = 0;
async function invited(past = 0, open = 2) {
  const { orgId, websites } = await anOrganization(use.db, { count: past + open });
  const { id } = await anInvitation(
    use.db,
    orgId,
    `person-${(people += 1)}@example.com`,
    websites.map((website, n) => ({
      websiteId: website.id,
      ...(n < past && { expiresAt: anHourAgo() }),
    })),
  );
  return { orgId, id, revoke: () => revokeInvitation(use.db, { orgId, onlyKeyId: null }, id) };
}

test('everything pending is revoked, and doing it again changes nothing', async () => {
  const { id, revoke } = await invited(1, 2);
  const first = await revoke();
  expect(first).toMatchObject({
    state: 'revoked',
    targets: { total: 3, pending: 0, accepted: 0, revoked: 2, expired: 1 },
  });
  expect(await revoke()).toEqual(first);
  await expect(acceptInvitation(use.db, id)).rejects.toMatchObject({ code: 'gone' });
});

test('one that was accepted is not revoked, also where some of it expired before', async () => {
  const { id, revoke } = await invited(1, 1);
  await acceptInvitation(use.db, id);
  await expect(revoke()).rejects.toMatchObject({
    code: 'state_conflict',
    message: expect.stringContaining('accepted'),
  });
});

test('one that has expired stays as it is', async () => {
  const { revoke } = await invited(2, 0);
  expect(await revoke()).toMatchObject({ state: 'expired', targets: { expired: 2, revoked: 0 } });
});

test('another organization’s and an unknown one are not found, and stay', async () => {
  const { id } = await invited();
  const stranger = await anOrganization(use.db);
  const viewer = { orgId: stranger.orgId, onlyKeyId: null };
  for (const each of [id, unknownId()]) {
    await expect(revokeInvitation(use.db, viewer, each)).rejects.toMatchObject({
      code: 'not_found',
    });
  }
  await acceptInvitation(use.db, id);
});

test('accepted and revoked at the same moment, it is wholly the one or the other', async () => {
  for (let round = 0; round < 12; round += 1) {
    const { orgId, id, revoke } = await invited(0, 6);
    const [accepted, revoked] = await Promise.allSettled([acceptInvitation(use.db, id), revoke()]);
    expect([accepted.status, revoked.status].toSorted()).toEqual(['fulfilled', 'rejected']);
    const state = accepted.status === 'fulfilled' ? 'accepted' : 'revoked';
    expect(await statesOf(orgId)).toEqual(Array(6).fill(state));
  }
});

async function statesOf(orgId: string): Promise<string[]> {
  const rows = await use.db
    .selectFrom('invites')
    .select('state')
    .where('org_id', '=', orgId)
    .execute();
  return rows.map(({ state }) => state);
}
