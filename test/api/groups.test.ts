import { newId } from '@usher/db';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

interface Group {
  id: string;
  name: string;
  websites?: unknown[];
  websiteIds?: string[];
  externalId?: string | null;
}

const create = (key: string, json: unknown, headers: Record<string, string> = {}) =>
  call<{ group: Group }>(api, 'POST', '/api/v1/groups', { key, json, headers });
const get = (key: string, id: string) =>
  call<{ group: Group }>(api, 'GET', `/api/v1/groups/${id}`, { key });
const find = (key: string, query = '') =>
  call<{ groups: Group[] }>(api, 'GET', `/api/v1/groups${query}`, { key });
const list = async (key: string) => {
  const { status, body } = await find(key);
  expect(status).toBe(200);
  return body.groups;
};

test('a group is created with the ids of its websites, and read with the websites themselves', async () => {
  const { key, id: orgId, websiteIds } = api.organization;
  const [first, second] = websiteIds as [string, string];
  const json = { name: ' North ', website_ids: [first, second, first.toUpperCase()], color: 'red' };
  const { status, body } = await create(key, json);
  expect(status).toBe(201);
  const shared = {
    id: expect.any(String),
    name: 'North',
    orgId,
    billingEnabled: false,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  };
  expect(body).toEqual({ group: { ...shared, websiteIds: [first, second] } });

  const read = await get(key, body.group.id);
  expect(read.status).toBe(200);
  const websites = [
    { id: first, websiteUrl: 'site-1.example', websiteName: 'site-1.example' },
    { id: second, websiteUrl: 'site-2.example', websiteName: 'site-2.example' },
  ];
  expect(read.body).toEqual({ group: { ...shared, websites } });
  expect(await list(key)).toContainEqual(read.body.group);
});

test('a group is made by clients that send what they do not set as null', async () => {
  const { key, websiteIds } = api.organization;
  const unset = { billing_enabled: null, external_id: null };
  const json = { name: 'Unset', website_ids: websiteIds.slice(0, 1), ...unset };
  const { status, body } = await call(api, 'POST', '/api/v1/groups', { key, json });
  expect([status, body]).toMatchObject([201, { group: { name: 'Unset', billingEnabled: false } }]);
});

test('partners always read externalId, and find their group by it', async () => {
  const { key, websiteIds } = api.partner;
  const given = await create(key, { name: 'A', website_ids: websiteIds, external_id: 'team a&b' });
  expect([given.status, given.body.group.externalId]).toEqual([201, 'team a&b']);
  const none = await create(key, { name: 'B', website_ids: websiteIds });
  expect(none.body.group.externalId).toBeNull();
  expect((await get(key, none.body.group.id)).body.group.externalId).toBeNull();
  for (const group of await list(key)) expect(group).toHaveProperty('externalId');

  const found = await find(key, `?external_id=${encodeURIComponent('team a&b')}`);
  expect(found.body.groups).toEqual([(await get(key, given.body.group.id)).body.group]);
  const missed = await find(key, '?external_id=nobody');
  expect([missed.status, missed.body]).toEqual([200, { groups: [] }]);
});

test('external ids are forbidden to organizations that are no partners, and nothing is made', async () => {
  const { key, websiteIds } = api.organization;
  const forbidden = [403, { error: 'external_id is for partner organizations' }];
  const before = await list(key);
  const made = await create(key, { name: 'C', website_ids: websiteIds, external_id: 'c' });
  expect([made.status, made.body]).toEqual(forbidden);
  const found = await find(key, '?external_id=c');
  expect([found.status, found.body]).toEqual(forbidden);
  expect(await list(key)).toEqual(before);
});

test('an external id in use answers 409 with the group in the way', async () => {
  const { key, websiteIds } = api.partner;
  const json = { name: 'First', website_ids: websiteIds, external_id: 'taken' };
  const first = await create(key, json);
  const before = await list(key);
  const { status, body } = await create(key, { ...json, name: 'Second' });
  expect(status).toBe(409);
  expect(body).toEqual({
    error: expect.any(String),
    existing: { type: 'group', id: first.body.group.id, name: 'First' },
  });
  expect(await list(key)).toEqual(before);
});

test('billing that is not configured is a conflict, and no group is made', async () => {
  const { key, websiteIds } = api.organization;
  const before = await list(key);
  const json = { name: 'Paid', website_ids: websiteIds, billing_enabled: true };
  const { status, body } = await create(key, json);
  const error = 'Billing is not configured';
  expect([status, body]).toEqual([409, { error, code: 'billing_not_configured' }]);
  expect(await list(key)).toEqual(before);
  const free = await create(key, { ...json, billing_enabled: false });
  expect(free.status).toBe(201);
});

test("another organization's website and an unknown one are refused alike, and no group is made", async () => {
  const { key, websiteIds } = api.organization;
  const before = await list(key);
  const refused = async (id: string) => {
    const { status, body } = await create(key, { name: 'D', website_ids: [websiteIds[0], id] });
    expect(status).toBe(400);
    expect(body).toMatchObject({ details: [{ path: 'website_ids.1' }] });
    return JSON.stringify(body).replaceAll(id, 'ID');
  };
  expect(await refused(api.partner.websiteIds[0] as string)).toBe(await refused(newId()));
  expect(await list(key)).toEqual(before);
});

test("another organization's group reads exactly like an unknown one", async () => {
  const { key } = api.organization;
  const foreign = await get(key, api.partner.groupIds[0] as string);
  const unknown = await get(key, newId());
  expect([foreign.status, foreign.body]).toEqual([404, { error: 'Group not found' }]);
  expect([unknown.status, unknown.body]).toEqual([foreign.status, foreign.body]);
  const theirs = new Set((await list(api.partner.key)).map(({ id }) => id));
  expect((await list(key)).filter(({ id }) => theirs.has(id))).toEqual([]);
});

test('a scoped key may not come near groups', async () => {
  const { scopedKey, groupIds, websiteIds } = api.organization;
  const answers = [
    await create(scopedKey, { name: 'E', website_ids: websiteIds.slice(0, 1) }),
    await find(scopedKey),
    await get(scopedKey, groupIds[0] as string),
    await get(scopedKey, newId()),
  ];
  for (const { status, body } of answers) {
    expect([status, body]).toEqual([403, { error: expect.stringContaining('organization') }]);
  }
});

test('one Idempotency-Key makes one group; another body under it is a 422', async () => {
  const { key, websiteIds } = api.partner;
  const headers = { 'idempotency-key': newId() };
  const first = await create(key, { name: 'Once', website_ids: websiteIds }, headers);
  const second = await create(key, { website_ids: websiteIds, name: 'Once' }, headers);
  expect([first.headers.get('idempotent-replayed'), first.status]).toEqual([null, 201]);
  expect([second.headers.get('idempotent-replayed'), second.status]).toEqual(['true', 201]);
  expect(second.body).toEqual(first.body);
  expect((await list(key)).filter(({ name }) => name === 'Once')).toHaveLength(1);
  const other = await create(key, { name: 'Twice', website_ids: websiteIds }, headers);
  expect([other.status, other.body]).toEqual([422, { error: expect.any(String) }]);
});

test('the same Idempotency-Key on two routes is two requests', async () => {
  const { key, websiteIds } = api.partner;
  const headers = { 'idempotency-key': newId() };
  const group = await create(key, { name: 'Shared', website_ids: websiteIds }, headers);
  const json = { url: 'shared.example' };
  const website = await call(api, 'POST', '/api/v1/websites', { key, json, headers });
  expect([group.status, website.status]).toEqual([201, 201]);
});

test.each<[what: string, change: Record<string, unknown>, path: string]>([
  ['no name', { name: undefined }, 'name'],
  ['an empty name', { name: '' }, 'name'],
  ['a name with NUL', { name: 'a\u0000' }, 'name'],
  ['a name of 256 characters', { name: 'x'.repeat(256) }, 'name'],
  ['an array for the name', { name: ['North'] }, 'name'],
  ['a huge number for the name', { name: 1e308 }, 'name'],
  ['no websites', { website_ids: undefined }, 'website_ids'],
  ['an empty list of websites', { website_ids: [] }, 'website_ids'],
  ['a string for the websites', { website_ids: 'all' }, 'website_ids'],
  ['a website id that is no uuid', { website_ids: ['1'] }, 'website_ids.0'],
  ['a number among the websites', { website_ids: [7] }, 'website_ids.0'],
  ['a word for billing', { billing_enabled: 'yes' }, 'billing_enabled'],
  ['an empty external id', { external_id: '' }, 'external_id'],
  ['an external id with NUL', { external_id: 'a\u0000' }, 'external_id'],
  ['an array for the external id', { external_id: ['a'] }, 'external_id'],
])('%s is a 400 that names the place, and makes no group', async (_, change, path) => {
  const { key, websiteIds } = api.partner;
  const before = await list(key);
  const { status, body } = await create(key, { name: 'F', website_ids: websiteIds, ...change });
  expect(status).toBe(400);
  expect(body).toEqual({
    error: expect.stringContaining('Validation failed'),
    details: [{ path, message: expect.any(String) }],
  });
  expect(await list(key)).toEqual(before);
});

test.each(['1', 'grp_x', '%00', '..%2Fgroups', `${newId()}0`])(
  'the malformed group id %s is a 400',
  async (id) => {
    const { status, body } = await get(api.organization.key, id);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: expect.any(String), details: [{ path: 'id' }] });
  },
);

test.each(['?external_id=', '?external_id=a&external_id=b', '?external_id=%00'])(
  'the filter %s is a 400',
  async (query) => {
    const { status, body } = await find(api.partner.key, query);
    expect(status).toBe(400);
    expect(body).toMatchObject({ details: [{ path: 'external_id' }] });
  },
);
