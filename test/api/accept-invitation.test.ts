import { newId } from '@usher/db';
import { revokeInvite } from '@usher/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  anHourAgo,
  anInvitation,
  type InviteFixture,
} from '../../packages/directory/src/fixtures.ts';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

let people = 0;
async function invite(invites: readonly InviteFixture[], orgId = api.organization.id) {
  const email = `person-${(people += 1)}@example.com`;
  const { id, inviteIds } = await anInvitation(api.db, orgId, email, invites);
  return { email, token: api.context.tokens.sign(id), inviteIds };
}
const toWebsite = (index: number, more: InviteFixture = {}): InviteFixture => ({
  websiteId: api.organization.websiteIds[index] as string,
  ...more,
});

const accept = (json: unknown, headers: Record<string, string> = {}) =>
  call(api, 'POST', '/api/v1/invitations/accept', { json, headers });

const userOf = (email: string) =>
  api.db.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirst();

const problem = (status: number, code: string, detail = '') => ({
  type: 'about:blank',
  title: expect.any(String),
  status,
  code,
  detail: expect.stringContaining(detail),
  request_id: expect.any(String),
});

test('a token accepts everything that is pending, and needs no key', async () => {
  const { websiteIds, groupIds } = api.organization;
  const groupId = groupIds[0] as string;
  const { email, token } = await invite([toWebsite(0), { groupId }, toWebsite(1)]);
  const { status, body, headers } = await accept({ token, first_name: 'Ann', last_name: null });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(body).toEqual({
    success: true,
    accepted: [{ website_id: websiteIds[0] }, { website_id: websiteIds[1] }, { group_id: groupId }],
  });
  expect(await userOf(email)).toMatchObject({ first_name: 'Ann', email_verified: true });
});

test('accepting again is a 409 problem, and changes nothing', async () => {
  const { email, token } = await invite([toWebsite(0)]);
  await accept({ token });
  const before = await userOf(email);
  const { status, body, headers } = await accept({ token, first_name: 'Later' });
  expect([status, body]).toEqual([409, problem(409, 'state_conflict', 'already accepted')]);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(await userOf(email)).toEqual(before);
});

test('an expired and a revoked invitation are 410 problems, and make no user', async () => {
  const expired = await invite([toWebsite(0, { expiresAt: anHourAgo() })]);
  const late = await accept({ token: expired.token });
  expect([late.status, late.body]).toEqual([410, problem(410, 'gone', 'expired')]);
  const revoked = await invite([toWebsite(0)]);
  await revokeInvite(api.db, api.organization.id, revoked.inviteIds[0] as string, null);
  const refused = await accept({ token: revoked.token });
  expect([refused.status, refused.body]).toEqual([410, problem(410, 'gone', 'revoked')]);
  expect([await userOf(expired.email), await userOf(revoked.email)]).toEqual([
    undefined,
    undefined,
  ]);
});

test('a token that was changed, and one of no invitation, are 404 problems alike', async () => {
  const { token } = await invite([toWebsite(0)]);
  const changed = (token[0] === 'A' ? 'B' : 'A') + token.slice(1);
  for (const unknown of [changed, 'x', '.', 'a\u0000b', api.context.tokens.sign(newId())]) {
    for (const headers of [{}, { 'idempotency-key': newId() }] as Record<string, string>[]) {
      const { status, body } = await accept({ token: unknown }, headers);
      expect([status, body]).toEqual([404, problem(404, 'not_found', 'Invitation not found')]);
    }
  }
});

test('under one Idempotency-Key the first answer is given again', async () => {
  const { token } = await invite([toWebsite(0)]);
  const headers = { 'idempotency-key': newId() };
  const first = await accept({ token }, headers);
  expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([200, null]);
  const second = await accept({ token }, headers);
  expect([second.status, second.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  expect(second.body).toEqual(first.body);
  const other = await accept({ token, first_name: 'Ann' }, headers);
  expect([other.status, other.body]).toEqual([422, problem(422, 'idempotency_key_reused')]);
  const without = await accept({ token });
  expect(without.status).toBe(409);
});

test('organizations do not share Idempotency-Keys', async () => {
  const headers = { 'idempotency-key': newId() };
  const mine = await invite([toWebsite(0)]);
  const websiteId = api.partner.websiteIds[0] as string;
  const theirs = await invite([{ websiteId }], api.partner.id);
  expect((await accept({ token: mine.token }, headers)).status).toBe(200);
  const second = await accept({ token: theirs.token }, headers);
  expect([second.status, second.body]).toEqual([
    200,
    { success: true, accepted: [{ website_id: websiteId }] },
  ]);
});

test('of many acceptances at once exactly one is the first, and the others are told', async () => {
  const { token } = await invite([toWebsite(0), toWebsite(1)]);
  const answers = await Promise.all(Array.from({ length: 8 }, () => accept({ token })));
  const count = (status: number) => answers.filter((answer) => answer.status === status).length;
  expect([count(200), count(409)]).toEqual([1, 7]);
});

test('no answer and no stored answer repeats the token', async () => {
  const { token } = await invite([toWebsite(0)]);
  const headers = { 'idempotency-key': newId() };
  const { body } = await accept({ token }, headers);
  const stored = await api.db.selectFrom('idempotency_keys').selectAll().execute();
  expect(JSON.stringify([body, stored])).not.toContain(token);
});

test.each<[what: string, json: (token: string) => unknown, pointer: string]>([
  ['nothing', () => ({}), '#/token'],
  ['an array', (token) => [token], '#'],
  ['an array for the token', (token) => ({ token: [token] }), '#/token'],
  ['a number for the token', () => ({ token: 1e300 }), '#/token'],
  ['a token of 501 characters', () => ({ token: 'x'.repeat(501) }), '#/token'],
  ['a first name with NUL', (token) => ({ token, first_name: 'A\u0000' }), '#/first_name'],
  ['a last name of 256', (token) => ({ token, last_name: 'x'.repeat(256) }), '#/last_name'],
  ['an array for a name', (token) => ({ token, first_name: ['Ann'] }), '#/first_name'],
  ['an empty name', (token) => ({ token, last_name: '' }), '#/last_name'],
  ['an unknown field', (token) => ({ token, role: 'admin' }), '#'],
])('%s is a 400 problem that points at it, and accepts nothing', async (_, json, pointer) => {
  const { email, token } = await invite([toWebsite(0)]);
  const { status, body } = await accept(json(token));
  expect(status).toBe(400);
  expect(body).toEqual({
    ...problem(400, 'invalid_request'),
    errors: [{ pointer, code: 'invalid', message: expect.any(String) }],
  });
  expect(await userOf(email)).toBeUndefined();
  expect((await accept({ token })).status).toBe(200);
});
