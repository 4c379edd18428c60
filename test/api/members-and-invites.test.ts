import { newId } from '@usher/db';
import { acceptInvitation } from '@usher/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anHourAgo, anInvitation } from '../../packages/directory/src/fixtures.ts';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

interface Member {
  user_id: string;
  email: string;
}

const members = (key: string, websiteId: string) =>
  call<{ members: Member[] }>(api, 'GET', `/api/v1/websites/${websiteId}/members`, { key });
const remove = (key: string, websiteId: string, userId: string) =>
  call(api, 'DELETE', `/api/v1/websites/${websiteId}/members/${userId}`, { key });
const revoke = (key: string, inviteId: string, headers: Record<string, string> = {}) =>
  call(api, 'DELETE', `/api/v1/invites/org/${inviteId}`, { key, headers });

let people = 0;
async function join(target: { websiteId: string } | { groupId: string }, orgId: string) {
  const email = `person-${(people += 1)}@example.com`;
  const { id } = await anInvitation(api.db, orgId, email, [target], { firstName: 'Ann' });
  const { userId } = await acceptInvitation(api.db, id);
  return { userId, email };
}

test('the members of a website are listed with how they reach it', async () => {
  const { key, id: orgId, websiteIds, groupIds } = api.organization;
  const websiteId = websiteIds[0] as string;
  const direct = await join({ websiteId }, orgId);
  const grouped = await join({ groupId: groupIds[0] as string }, orgId);
  const { status, body } = await members(key, websiteId);
  expect(status).toBe(200);
  const shared = {
    role: 'viewer',
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    first_name: 'Ann',
    last_name: null,
  };
  expect(body).toEqual({
    members: [
      { user_id: direct.userId, email: direct.email, access_type: 'direct', ...shared },
      { user_id: grouped.userId, email: grouped.email, access_type: 'group', ...shared },
    ],
  });
});

test('a website without members answers an empty list', async () => {
  const { status, body } = await members(
    api.organization.key,
    api.organization.websiteIds[4] as string,
  );
  expect([status, body]).toEqual([200, { members: [] }]);
});

test('a member is removed once; after that there is none', async () => {
  const { key, id: orgId, websiteIds } = api.organization;
  const websiteId = websiteIds[4] as string;
  const { userId } = await join({ websiteId }, orgId);
  const first = await remove(key, websiteId, userId);
  expect([first.status, first.body]).toEqual([
    200,
    { success: true, message: 'User removed from website' },
  ]);
  expect((await members(key, websiteId)).body.members).toEqual([]);
  const second = await remove(key, websiteId, userId);
  expect([second.status, second.body]).toEqual([404, { error: expect.any(String) }]);
});

test('access through a group is not taken away from the website: 409', async () => {
  const { key, id: orgId, websiteIds, groupIds } = api.organization;
  const { userId } = await join({ groupId: groupIds[1] as string }, orgId);
  const { status, body } = await remove(key, websiteIds[2] as string, userId);
  expect([status, body]).toEqual([409, { error: expect.stringContaining('group') }]);
  const left = (await members(key, websiteIds[2] as string)).body.members;
  expect(left.map(({ user_id }) => user_id)).toContain(userId);
});

test('DELETE works with a JSON content type and no body, as many clients send it', async () => {
  const { key, id: orgId, websiteIds } = api.organization;
  const websiteId = websiteIds[4] as string;
  const { userId } = await join({ websiteId }, orgId);
  const { status } = await call(api, 'DELETE', `/api/v1/websites/${websiteId}/members/${userId}`, {
    key,
    headers: { 'content-type': 'application/json' },
  });
  expect(status).toBe(200);
});

test("another organization's website, one outside the scope and an unknown one read alike", async () => {
  const { key, scopedKey, id: orgId, websiteIds } = api.organization;
  const outside = websiteIds[4] as string;
  const foreign = api.partner.websiteIds[0] as string;
  const { userId } = await join({ websiteId: outside }, orgId);
  const stranger = await join({ websiteId: foreign }, api.partner.id);
  const answers = [
    await members(key, newId()),
    await members(key, foreign),
    await members(scopedKey, outside),
    await remove(key, newId(), userId),
    await remove(key, foreign, stranger.userId),
    await remove(scopedKey, outside, userId),
  ];
  for (const { status, body } of answers) {
    expect([status, body]).toEqual([404, { error: 'Website not found' }]);
  }
  expect((await members(key, outside)).body.members).toHaveLength(1);
  expect((await members(api.partner.key, foreign)).body.members).toHaveLength(1);
});

test('a scoped key lists and removes members of its own websites', async () => {
  const { scopedKey, id: orgId, websiteIds } = api.organization;
  const websiteId = websiteIds[1] as string;
  const { userId } = await join({ websiteId }, orgId);
  const seen = (await members(scopedKey, websiteId)).body.members;
  expect(seen.map(({ user_id }) => user_id)).toContain(userId);
  expect((await remove(scopedKey, websiteId, userId)).status).toBe(200);
});

test("another organization's user reads like one who is no member", async () => {
  const { key, websiteIds } = api.organization;
  const stranger = await join({ websiteId: api.partner.websiteIds[1] as string }, api.partner.id);
  const foreign = await remove(key, websiteIds[0] as string, stranger.userId);
  const unknown = await remove(key, websiteIds[0] as string, newId());
  expect(foreign.status).toBe(404);
  expect([unknown.status, unknown.body]).toEqual([foreign.status, foreign.body]);
});

test('malformed website and user ids are a 400 that names them', async () => {
  const { key, websiteIds } = api.organization;
  const listed = await members(key, 'x');
  expect([listed.status, listed.body]).toMatchObject([400, { details: [{ path: 'id' }] }]);
  const removed = await remove(key, websiteIds[0] as string, 'me');
  expect([removed.status, removed.body]).toMatchObject([400, { details: [{ path: 'user_id' }] }]);
});

test('a pending invite is revoked once; revoked, accepted and expired ones are conflicts', async () => {
  const { key, id: orgId, websiteIds, groupIds } = api.organization;
  const { id, inviteIds } = await anInvitation(api.db, orgId, 'revoked@example.com', [
    { websiteId: websiteIds[0] as string },
    { groupId: groupIds[0] as string },
    { websiteId: websiteIds[1] as string },
    { websiteId: websiteIds[2] as string, expiresAt: anHourAgo() },
  ]);
  const [website, group, accepted, expired] = inviteIds as [string, string, string, string];
  for (const inviteId of [website, group]) {
    const { status, body } = await revoke(key, inviteId);
    expect([status, body]).toEqual([200, { success: true, message: 'Invite revoked' }]);
  }
  await acceptInvitation(api.db, id);
  for (const [inviteId, why] of [
    [website, 'revoked'],
    [accepted, 'accepted'],
    [expired, 'expired'],
  ] as const) {
    const { status, body } = await revoke(key, inviteId);
    expect([status, body]).toEqual([409, { error: expect.stringContaining(why) }]);
  }
  const email = 'revoked@example.com';
  const seen = (await members(key, websiteIds[0] as string)).body.members;
  expect(seen.map((member) => member.email)).not.toContain(email);
});

test("another organization's invite, one outside the scope and an unknown one read alike", async () => {
  const { key, scopedKey, id: orgId, websiteIds, groupIds } = api.organization;
  const email = 'hidden@example.com';
  const { inviteIds } = await anInvitation(api.db, orgId, email, [
    { websiteId: websiteIds[4] as string },
    { groupId: groupIds[0] as string },
    { websiteId: websiteIds[0] as string },
  ]);
  const [outside, toGroup, inside] = inviteIds as [string, string, string];
  const answers = [
    await revoke(key, newId()),
    await revoke(api.partner.key, outside),
    await revoke(scopedKey, outside),
    await revoke(scopedKey, toGroup),
  ];
  for (const { status, body } of answers) {
    expect([status, body]).toEqual([404, { error: 'Invite not found' }]);
  }
  expect((await revoke(scopedKey, inside)).status).toBe(200);
  expect((await revoke(key, outside)).status).toBe(200);
});

test('a malformed invite id is a 400 that names it', async () => {
  const { status, body } = await revoke(api.organization.key, 'inv_1');
  expect([status, body]).toMatchObject([400, { details: [{ path: 'invite_id' }] }]);
});
