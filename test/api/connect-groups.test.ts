import { newId } from '@usher/db';
import { createApiKey, createGroup, createOrganization } from '@usher/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';
import { ask, expectError, idOf, ISO, type ConnectGroup, type Page } from './use-connect.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

let number = 0;
const fresh = (word: string) => `${word} ${(number += 1)}`;

type One = { data: ConnectGroup };
const create = (json: unknown, headers: Record<string, string> = {}) =>
  ask<One>(api, 'POST', '/groups', { key: api.organization.key, json, headers });
const get = (id: string, key = api.organization.key) =>
  ask<One>(api, 'GET', `/groups/${id}`, { key });
const change = (id: string, json: unknown, headers: Record<string, string> = {}) =>
  ask<One>(api, 'PATCH', `/groups/${id}`, { key: api.organization.key, json, headers });
const list = (query = '', key = api.organization.key) =>
  ask<Page>(api, 'GET', `/groups${query}`, { key });

async function aGroup(): Promise<ConnectGroup> {
  const { status, body } = await create({
    name: fresh('North'),
    external_reference_id: fresh('r'),
  });
  expect(status).toBe(201);
  return body.data;
}

/** Everything that the organization has, to see that it is as it was. */
const everything = async () => (await list('?limit=100')).body;

test('a group is created with 201, and read as it was answered', async () => {
  const json = { name: ' Nörth ', external_reference_id: 'team a/b', color: 'red' };
  const { status, body } = await create(json);
  expect(status).toBe(201);
  expect(body).toEqual({
    data: {
      id: expect.stringMatching(/^grp_[\w-]{22}$/),
      organization_id: idOf(api.organization.id).replace('grp_', 'org_'),
      name: 'Nörth',
      external_reference_id: 'team a/b',
      created_at: expect.stringMatching(ISO),
      updated_at: body.data.created_at,
    },
  });
  const read = await get(body.data.id);
  expect([read.status, read.body]).toEqual([200, body]);
});

test('names and references of 1 and of 255 characters are taken', async () => {
  for (const length of [1, 255]) {
    const json = { name: 'é'.repeat(length), external_reference_id: 'ü'.repeat(length) };
    const { status, body } = await create(json);
    expect([status, body.data]).toEqual([201, expect.objectContaining(json)]);
  }
});

test('a group of another surface is the same group, with "" where it has no reference', async () => {
  const [uuid] = api.organization.groupIds as [string];
  const { status, body } = await get(idOf(uuid));
  expect([status, body.data.external_reference_id]).toEqual([200, '']);
  await change(idOf(uuid), { name: 'Told to Connect' });
  const path = `/api/v1/groups/${uuid}`;
  const athena = await call<{ group: object }>(api, 'GET', path, { key: api.organization.key });
  expect(athena.body.group).toMatchObject({ id: uuid, name: 'Told to Connect' });
  expect(athena.body.group).toMatchObject({ websites: [{}, {}] });
});

test.each<[what: string, json: unknown, words: string]>([
  ['no body', undefined, 'name: is required; external_reference_id: is required'],
  ['no name', { external_reference_id: 'r' }, 'name: is required'],
  ['no reference', { name: 'n' }, 'external_reference_id: is required'],
  ['an empty name', { name: '', external_reference_id: 'r' }, 'name: must not be empty'],
  ['a blank name', { name: ' ', external_reference_id: 'r' }, 'name: must not be empty'],
  ['an empty reference', { name: 'n', external_reference_id: '' }, 'external_reference_id: must'],
  ['null for the name', { name: null, external_reference_id: 'r' }, 'name: must be a string'],
  ['null for the reference', { name: 'n', external_reference_id: null }, 'external_reference_id'],
  ['a long name', { name: 'n'.repeat(256), external_reference_id: 'r' }, 'name: must have at most'],
  ['a long reference', { name: 'n', external_reference_id: 'r'.repeat(256) }, 'at most 255'],
  ['a number for the name', { name: 7, external_reference_id: 'r' }, 'name: must be a string'],
  ['NUL in the reference', { name: 'n', external_reference_id: 'a\u0000' }, 'control characters'],
  ['a list for the body', [{ name: 'n' }], 'must be an object'],
])('%s creates nothing: a 400 that names the field', async (_, json, words) => {
  const before = await everything();
  expectError(await create(json), [400, 'invalid_request'], words);
  expect(await everything()).toEqual(before);
});

test('a reference in use creates nothing: a 409 that is not to be tried again, with the group in the way', async () => {
  const { id, external_reference_id } = await aGroup();
  const before = await everything();
  const refused = await create({ name: 'Second', external_reference_id });
  expectError(refused, [409, 'external_id_in_use'], `external_reference_id (${id})`);
  expect(await everything()).toEqual(before);
});

test('one reference belongs to one group of each organization', async () => {
  const { external_reference_id } = await aGroup();
  const json = { name: 'Theirs', external_reference_id };
  const { status } = await ask(api, 'POST', '/groups', { key: api.partner.key, json });
  expect(status).toBe(201);
});

test('of two creations with one reference at once one is a group, the other a final 409', async () => {
  const json = { name: 'Raced', external_reference_id: fresh('raced') };
  const answers = await Promise.all(Array.from({ length: 8 }, () => create(json)));
  const refused = answers.filter(({ status }) => status !== 201);
  expect(refused).toHaveLength(7);
  for (const each of refused) expectError(each, [409, 'external_id_in_use']);
  const found = await list(
    `?external_reference_id=${encodeURIComponent(json.external_reference_id)}`,
  );
  expect(found.body.data).toHaveLength(1);
});

test.each(['name', 'external_reference_id'] as const)('%s is set alone', async (field) => {
  const group = await aGroup();
  const value = fresh('changed');
  const { status, body } = await change(group.id, { [field]: value, color: 'red' });
  expect(status).toBe(200);
  expect(body.data).toEqual({ ...group, [field]: value, updated_at: expect.stringMatching(ISO) });
  expect(body.data.updated_at > group.updated_at).toBe(true);
  expect((await get(group.id)).body).toEqual(body);
});

test.each<[what: string, json: unknown]>([
  ['{}', {}],
  ['no body', undefined],
  ['null in both fields', { name: null, external_reference_id: null }],
  ['"" in both fields', { name: '', external_reference_id: '' }],
  ['fields that it does not know', { color: 'red' }],
])('%s leaves a group as it is, updated_at included', async (_, json) => {
  const group = await aGroup();
  const { status, body } = await change(group.id, json);
  expect([status, body]).toEqual([200, { data: group }]);
  expect((await get(group.id)).body).toEqual({ data: group });
});

test('what a group has already is set again without moving updated_at', async () => {
  const group = await aGroup();
  const { name, external_reference_id } = group;
  const { status, body } = await change(group.id, { name, external_reference_id });
  expect([status, body]).toEqual([200, { data: group }]);
});

test('an unset field stays while the other one changes', async () => {
  const group = await aGroup();
  const renamed = await change(group.id, { name: fresh('Only'), external_reference_id: null });
  expect(renamed.body.data.external_reference_id).toBe(group.external_reference_id);
  const moved = await change(group.id, { name: '', external_reference_id: fresh('only') });
  expect(moved.body.data.name).toBe(renamed.body.data.name);
});

test.each<[what: string, json: unknown, words: string]>([
  ['a blank name', { name: ' ' }, 'name: must not be empty'],
  ['a name of 256 characters', { name: 'n'.repeat(256) }, 'name: must have at most 255'],
  ['a reference of 256', { external_reference_id: 'r'.repeat(256) }, 'external_reference_id: must'],
  ['a list for the name', { name: ['n'] }, 'name: must be a string'],
  ['a number for the reference', { external_reference_id: 7 }, 'external_reference_id: must be a'],
  [
    'both',
    { name: 1, external_reference_id: 2 },
    'string; external_reference_id: must be a string',
  ],
  ['a list for the body', [], 'must be an object'],
])('%s changes nothing: a 400 that names the field', async (_, json, words) => {
  const group = await aGroup();
  expectError(await change(group.id, json), [400, 'invalid_request'], words);
  expect((await get(group.id)).body.data).toEqual(group);
});

test("another group's reference changes nothing, the name included: a final 409", async () => {
  const [taken, group] = [await aGroup(), await aGroup()];
  const json = { name: 'Else', external_reference_id: taken.external_reference_id };
  expectError(await change(group.id, json), [409, 'external_id_in_use'], taken.id);
  expect((await get(group.id)).body.data).toEqual(group);
});

test('an id is found however its characters are percent-encoded', async () => {
  const group = await aGroup();
  const encoded = group.id.replace(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  expect((await get(encoded)).body).toEqual({ data: group });
  expect((await change(encoded, {})).body).toEqual({ data: group });
});

const BYTES = Buffer.alloc(16, 0xff);
const MALFORMED = [
  'x',
  'grp_',
  'grp_x',
  'grp_%2F..%2Fgroups',
  'grp_%00',
  newId(),
  `grp_${newId()}`,
  `grp_${BYTES.toString('base64url').slice(0, -1)}`,
  `grp_${BYTES.toString('base64url')}A`,
  `grp_${BYTES.toString('base64url')}==`,
  encodeURIComponent(`grp_${BYTES.toString('base64').replace('==', '')}`),
  `org_${BYTES.toString('base64url')}`,
  `GRP_${BYTES.toString('base64url')}`,
  ` grp_${BYTES.toString('base64url')}`,
];

test.each(MALFORMED)('%s is no id: a 404, whatever is wanted of it', async (id) => {
  expectError(await get(id), [404, 'not_found'], 'Group not found');
  expectError(await change(id, { name: 'x' }), [404, 'not_found'], 'Group not found');
});

test('a group has one id alone: another spelling of the same bytes is a 404', async () => {
  const uuid = newId();
  await createGroup(api.db, api.organization.id, { id: uuid, name: 'One', websiteIds: [] });
  const id = idOf(uuid);
  expect((await get(id)).status).toBe(200);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = letters.indexOf(id.at(-1) as string);
  const other = id.slice(0, -1) + letters[last + 1];
  expect(Buffer.from(other.slice(4), 'base64url')).toEqual(Buffer.from(id.slice(4), 'base64url'));
  expectError(await get(other), [404, 'not_found']);
});

test("another organization's group reads exactly like one that does not exist", async () => {
  const before = (await get(idOf(api.partner.groupIds[0] as string), api.partner.key)).body;
  for (const uuid of [api.partner.groupIds[0] as string, newId()]) {
    const id = idOf(uuid);
    expectError(await get(id), [404, 'not_found'], 'Group not found');
    expectError(await change(id, { name: 'Mine' }), [404, 'not_found'], 'Group not found');
  }
  expect((await get(idOf(api.partner.groupIds[0] as string), api.partner.key)).body).toEqual(
    before,
  );
});

/** An organization with this many groups, oldest first. */
async function anOrganization(count: number) {
  const { id: orgId } = await createOrganization(api.db, { name: fresh('Paged') });
  const { key } = await createApiKey(api.db, { orgId });
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const wanted = { name: `Group ${at}`, websiteIds: [], externalId: `ref ${at}` };
    ids.push(idOf((await createGroup(api.db, orgId, wanted)).id));
  }
  return { key, ids };
}

test('pages hold every group once, oldest first, and say how many there are', async () => {
  const { key, ids } = await anOrganization(5);
  const seen: string[] = [];
  for (const page of [1, 2, 3]) {
    const { status, body } = await list(`?page=${page}&limit=2`, key);
    expect(status).toBe(200);
    expect(body.pagination).toEqual({ page, limit: 2, total: 5, total_pages: 3 });
    seen.push(...body.data.map(({ id }) => id));
  }
  expect(seen).toEqual(ids);
  const { body } = await list('?page=4&limit=2', key);
  expect(body).toEqual({ data: [], pagination: { page: 4, limit: 2, total: 5, total_pages: 3 } });
});

test('a page has 20 groups where nothing is said, and 100 at most', async () => {
  const { key, ids } = await anOrganization(21);
  const first = await list('', key);
  expect(first.body.data.map(({ id }) => id)).toEqual(ids.slice(0, 20));
  expect(first.body.pagination).toEqual({ page: 1, limit: 20, total: 21, total_pages: 2 });
  const all = await list('?limit=100', key);
  expect(all.body.data.map(({ id }) => id)).toEqual(ids);
  expect(all.body.pagination).toEqual({ page: 1, limit: 100, total: 21, total_pages: 1 });
});

test('nothing is an empty page of none', async () => {
  const { key } = await anOrganization(0);
  const pagination = { page: 1, limit: 20, total: 0, total_pages: 0 };
  expect((await list('', key)).body).toEqual({ data: [], pagination });
});

test('a reference finds its group, or none', async () => {
  const group = await aGroup();
  const { body } = await list(
    `?external_reference_id=${encodeURIComponent(group.external_reference_id)}`,
  );
  const pagination = { page: 1, limit: 20, total: 1, total_pages: 1 };
  expect(body).toEqual({ data: [group], pagination });
  const none = await list('?external_reference_id=nobody');
  expect(none.body).toEqual({ data: [], pagination: { ...pagination, total: 0, total_pages: 0 } });
});

test.each([
  ['page=0', 'page: must be at least 1'],
  ['page=-1', 'page: must be a whole number'],
  ['page=1.5', 'page: must be a whole number'],
  ['page=x', 'page: must be a whole number'],
  ['page=', 'page: must be a whole number'],
  ['page=1e2', 'page: must be a whole number'],
  ['page=1&page=2', 'page: must be a string'],
  ['page=2147483648', 'page: must be at most 2147483647'],
  ['page=99999999999999999999', 'page: must be a whole number'],
  ['limit=0', 'limit: must be at least 1'],
  ['limit=101', 'limit: must be at most 100'],
  ['limit=-20', 'limit: must be a whole number'],
  ['limit=ten', 'limit: must be a whole number'],
  ['external_reference_id=', 'external_reference_id: must not be empty'],
  ['page=0&limit=0', 'page: must be at least 1; limit: must be at least 1'],
])('the query %s is a 400 that names the field', async (query, words) => {
  expectError(await list(`?${query}`), [400, 'invalid_request'], words);
});

test('the last page that there may be is empty, and no fault', async () => {
  const { status, body } = await list('?page=2147483647&limit=100');
  expect([status, body.data]).toEqual([200, []]);
});

test('one Idempotency-Key creates one group; another body under it is a 422', async () => {
  const headers = { 'idempotency-key': newId() };
  const json = { name: 'Once', external_reference_id: fresh('once') };
  const [first, second] = [await create(json, headers), await create(json, headers)];
  expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([201, null]);
  expect([second.status, second.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  expect(second.body).toEqual(first.body);
  const other = await create({ ...json, name: 'Twice' }, headers);
  expectError(other, [422, 'idempotency_key_reused']);
});

test('of eight requests under one Idempotency-Key at once one creates or changes, and all are answered alike', async () => {
  const json = { name: 'Together', external_reference_id: fresh('together') };
  const group = await aGroup();
  for (const [status, send] of [
    [201, (headers: Record<string, string>) => create(json, headers)],
    [200, (headers: Record<string, string>) => change(group.id, { name: 'Together' }, headers)],
  ] as const) {
    const headers = { 'idempotency-key': newId() };
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(headers)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(status));
    const replayed = answers.filter((answer) => answer.headers.has('idempotent-replayed'));
    expect(replayed).toHaveLength(7);
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body);
  }
});

test('a change under an Idempotency-Key is answered again as it was, and not done again', async () => {
  const group = await aGroup();
  const headers = { 'idempotency-key': newId() };
  const first = await change(group.id, { name: 'First' }, headers);
  const since = await change(group.id, { name: 'Since' });
  const again = await change(group.id, { name: 'First' }, headers);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  expect(again.body).toEqual(first.body);
  expect((await get(group.id)).body).toEqual(since.body);
});

test('one Idempotency-Key on two groups is two requests, though their ids differ in case alone', async () => {
  const headers = { 'idempotency-key': newId() };
  for (const letter of ['b', 'B']) {
    const bytes = Buffer.from(`${letter}${'A'.repeat(21)}`, 'base64url').toString('hex');
    const uuid = bytes.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    await createGroup(api.db, api.organization.id, { id: uuid, name: letter, websiteIds: [] });
    const { status, body } = await change(idOf(uuid), { name: 'Both' }, headers);
    expect([status, body.data.name]).toEqual([200, 'Both']);
    expect(body.data.id).toBe(idOf(uuid));
  }
});

test('a change is in the audit log with its key and its request', async () => {
  const group = await aGroup();
  const headers = { 'x-request-id': fresh('request').replace(' ', '-') };
  await change(group.id, { name: 'Audited' }, headers);
  const path = '/api/v1/audit-log?action=group.update&limit=1';
  const { body } = await call<{ entries: object[] }>(api, 'GET', path, {
    key: api.organization.key,
  });
  expect(body.entries).toMatchObject([
    {
      before: { name: group.name },
      after: { name: 'Audited' },
      request_id: headers['x-request-id'],
    },
  ]);
});
