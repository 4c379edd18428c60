import { newId } from '@usher/db';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anInvitation, type InviteFixture } from '../../packages/directory/src/fixtures.ts';
import { call, startTestApi, type TestApi, type TestOrganization } from '../support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const TYPES = ['organization', 'website', 'group'] as const;
type Type = (typeof TYPES)[number];

/** An invite of this type to somebody new. */
async function invited(
  type: Type,
  more: InviteFixture = {},
  of: TestOrganization = api.organization,
) {
  const email = `${newId()}@example.com`;
  const fixture = {
    organization: { organizationId: of.id },
    website: { websiteId: of.websiteIds[0]! },
    group: { groupId: of.groupIds[0]! },
  }[type];
  const wanted = { ...fixture, ...more };
  const { id, inviteIds } = await anInvitation(api.db, of.id, email, [wanted]);
  return { email, inviteId: inviteIds[0]!, token: api.context.tokens.sign(id) };
}

const revoke = (inviteId: string, key = api.organization.key) =>
  call<{ error?: string }>(api, 'DELETE', `/api/v1/invites/org/${inviteId}`, { key });
const accept = (token: string) =>
  call<{ detail?: string }>(api, 'POST', '/api/v1/invitations/accept', { json: { token } });
const userOf = (email: string) =>
  api.db.selectFrom('users').select('id').where('email', '=', email).executeTakeFirst();

test.each(TYPES)(
  'an invite of type %s that has expired is neither revoked nor accepted',
  async (type) => {
    const { email, inviteId, token } = await invited(type, { expiresAt: new Date(Date.now() - 1) });
    const [revoked, accepted] = [await revoke(inviteId), await accept(token)];
    expect([revoked.status, revoked.body]).toEqual([409, { error: 'The invite has expired' }]);
    expect(accepted.status).toBe(410);
    expect(await userOf(email)).toBeUndefined();
  },
);

test.each(TYPES)('an invite of type %s is unknown to whoever may not see it', async (type) => {
  const { inviteId, token } = await invited(type);
  const { scopedKey } = api.organization;
  const strangers = [api.partner.key, api.partner.scopedKey];
  for (const key of type === 'website' ? strangers : [...strangers, scopedKey]) {
    const { status, body } = await revoke(inviteId, key);
    expect([status, body]).toEqual([404, { error: 'Invite not found' }]);
  }
  const unknown = await revoke(newId());
  expect([unknown.status, unknown.body]).toEqual([404, { error: 'Invite not found' }]);
  expect((await accept(token)).status).toBe(200);
});

test('an invite to a group that is deleted meanwhile is revoked with it', async () => {
  const { key } = api.organization;
  const json = { name: 'Short-lived' };
  const made = await call<{ id: number }>(api, 'POST', '/openapi/v1/groups', { key, json });
  const { id: groupId } = await api.db
    .selectFrom('groups')
    .select('id')
    .where('number', '=', made.body.id)
    .executeTakeFirstOrThrow();
  const { email, inviteId, token } = await invited('group', { groupId });
  await call(api, 'DELETE', `/openapi/v1/groups/${made.body.id}`, { key });
  const [revoked, accepted] = [await revoke(inviteId), await accept(token)];
  expect([revoked.status, revoked.body]).toEqual([
    409,
    { error: 'The invite was already revoked' },
  ]);
  expect(accepted.status).toBe(410);
  expect(await userOf(email)).toBeUndefined();
});

test.each(TYPES)(
  'an invite of type %s that is accepted and revoked at once is one or the other',
  async (type) => {
    for (let round = 0; round < 12; round += 1) {
      const { email, inviteId, token } = await invited(type);
      const asks = [() => accept(token), () => revoke(inviteId)];
      if (round % 2) asks.reverse();
      const answers = await Promise.all(asks.map((ask) => ask()));
      if (round % 2) answers.reverse();
      const end = answers.map(({ status }) => status).join();
      expect(['200,409', '410,200']).toContain(end);
      expect((await userOf(email)) !== undefined).toBe(end === '200,409');
      const { state } = await api.db
        .selectFrom('invites')
        .select('state')
        .where('id', '=', inviteId)
        .executeTakeFirstOrThrow();
      expect(state).toBe(end === '200,409' ? 'accepted' : 'revoked');
    }
  },
);
