import { newId } from '@usher/db';
import { createApiKey } from '@usher/directory';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { aBillingEntity } from '../../packages/directory/src/fixtures.ts';
import { call, startTestApi, type TestApi, type TestOrganization } from '../support/test-api.ts';

interface Group {
  id: string;
  name: string;
  billingEnabled: boolean;
  websites: Array<{ id: string }>;
  externalId?: string | null;
}

let api: TestApi;
let group: Group;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  group = await made(api.partner);
});

/** A group of the organization's first two websites. */
async function made({ key, websiteIds }: TestOrganization, more: object = {}): Promise<Group> {
  const json = { name: 'North', website_ids: websiteIds.slice(0, 2), ...more };
  const { status, body } = await call<{ group: Group }>(api, 'POST', '/api/v1/groups', {
    key,
    json,
  });
  expect(status).toBe(201);
  return { ...body.group, websites: websiteIds.slice(0, 2).map((id) => ({ id })) };
}

const patch = (
  json: unknown,
  { key = api.partner.key, id = group.id, headers = {} as Record<string, string> } = {},
) => call<{ group: Group }>(api, 'PATCH', `/api/v1/groups/${id}`, { key, json, headers });
const read = async (id = group.id, key = api.partner.key) =>
  (await call<{ group: Group }>(api, 'GET', `/api/v1/groups/${id}`, { key })).body.group;
const idsOf = ({ websites }: Group) => websites.map(({ id }) => id);

test('all fields of a change take effect together, and the answer is the group as it is then', async () => {
  const [a, b, c] = api.partner.websiteIds as [string, string, string];
  const { status, body } = await patch({
    name: ' South ',
    add_website_ids: [c, c.toUpperCase()],
    remove_website_ids: [a],
    external_id: 'south',
    billing_enabled: false,
  });
  expect(status).toBe(200);
  const website = (id: string, place: number) => ({
    id,
    websiteUrl: `site-${place}.example`,
    websiteName: `site-${place}.example`,
  });
  expect(body).toEqual({
    group: {
      id: group.id,
      name: 'South',
      orgId: api.partner.id,
      billingEnabled: false,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      websites: [website(b, 2), website(c, 3)],
      externalId: 'south',
    },
  });
  expect(await read()).toEqual(body.group);
});

test('externalId is absent for an organization that is no partner', async () => {
  const { key } = api.organization;
  const { id } = await made(api.organization);
  const { status, body } = await patch({ name: 'Plain' }, { key, id });
  expect([status, body.group.name]).toEqual([200, 'Plain']);
  expect(body.group).not.toHaveProperty('externalId');
});

test('websites that are in already, and such as are not in, are ignored', async () => {
  const [a, b, c] = api.partner.websiteIds as [string, string, string];
  const { status, body } = await patch({ add_website_ids: [a], remove_website_ids: [c] });
  expect([status, idsOf(body.group)]).toEqual([200, [a, b]]);
});

test('a website that the organization has not cannot be removed either, and is ignored', async () => {
  const { status, body } = await patch({ remove_website_ids: [newId()] });
  expect([status, idsOf(body.group)]).toEqual([200, idsOf(group)]);
});

test('what is left out stays, and null clears the external id', async () => {
  await patch({ external_id: `kept-${group.id}` });
  expect((await patch({ name: 'Other' })).body.group.externalId).toBe(`kept-${group.id}`);
  const cleared = await patch({ external_id: null });
  expect([cleared.status, cleared.body.group]).toMatchObject([
    200,
    { name: 'Other', externalId: null },
  ]);
});

test('an external id in use is a 409 that names the group in the way, and nothing changes', async () => {
  const external_id = `taken-${group.id}`;
  await patch({ name: 'In the way', external_id });
  const other = await made(api.partner);
  const { status, body } = await patch({ name: 'Never', external_id }, { id: other.id });
  expect([status, body]).toEqual([
    409,
    {
      error: expect.any(String),
      existing: { type: 'group', id: group.id, name: 'In the way' },
    },
  ]);
  expect(await read(other.id)).toMatchObject({ name: 'North', externalId: null });
});

test('setting the external id that the group has is no conflict', async () => {
  const external_id = `own-${group.id}`;
  await patch({ external_id });
  expect((await patch({ external_id })).status).toBe(200);
});

test('external_id from an organization that is no partner is a 403, null too, and nothing changes', async () => {
  const { key } = api.organization;
  const { id } = await made(api.organization);
  for (const external_id of ['x', null]) {
    const { status, body } = await patch({ name: 'Never', external_id }, { key, id });
    expect([status, body]).toEqual([403, { error: 'external_id is for partner organizations' }]);
  }
  expect((await read(id, key)).name).toBe('North');
});

test("another organization's website and an unknown one are refused alike, and nothing changes", async () => {
  const own = api.partner.websiteIds[2] as string;
  const refused = async (id: string) => {
    const { status, body } = await patch({ name: 'Never', add_website_ids: [own, id] });
    expect([status, body]).toMatchObject([400, { details: [{ path: 'add_website_ids.1' }] }]);
    return JSON.stringify(body).replaceAll(id, 'ID');
  };
  expect(await refused(api.organization.websiteIds[0] as string)).toBe(await refused(newId()));
  expect(await read()).toMatchObject({ name: 'North', websites: group.websites });
});

test.each<[what: string, json: (id: string) => unknown, path: string]>([
  ['nothing', () => ({}), ''],
  ['nothing that it knows', () => ({ color: 'red' }), ''],
  ['an array', () => [], ''],
  ['an empty name', () => ({ name: '' }), 'name'],
  ['null for the name', () => ({ name: null }), 'name'],
  ['a name of 256 characters', () => ({ name: 'x'.repeat(256) }), 'name'],
  ['no website to add', () => ({ add_website_ids: [] }), 'add_website_ids'],
  ['no website to remove', () => ({ remove_website_ids: [] }), 'remove_website_ids'],
  ['a malformed website to add', () => ({ add_website_ids: ['1'] }), 'add_website_ids.0'],
  ['a malformed website to remove', () => ({ remove_website_ids: ['1'] }), 'remove_website_ids.0'],
  [
    'a website both added and removed',
    (id) => ({ add_website_ids: [newId(), id], remove_website_ids: [id.toUpperCase()] }),
    'remove_website_ids.0',
  ],
  ['an empty external id', () => ({ external_id: '' }), 'external_id'],
  ['a word for billing', () => ({ billing_enabled: 'yes' }), 'billing_enabled'],
  ['null for billing', () => ({ billing_enabled: null }), 'billing_enabled'],
])('%s is a 400 that names the place, and nothing changes', async (_, json, path) => {
  const before = await read();
  const { status, body } = await patch(json(api.partner.websiteIds[2] as string));
  expect([status, body]).toEqual([
    400,
    {
      error: expect.stringMatching(/^Validation failed: /),
      details: [{ path, message: expect.any(String) }],
    },
  ]);
  expect(await read()).toEqual(before);
});

test("another organization's group reads like an unknown one, and stays as it is", async () => {
  const foreign = await patch({ name: 'Never' }, { key: api.organization.key });
  const unknown = await patch({ name: 'Never' }, { id: newId() });
  expect([foreign.status, foreign.body]).toEqual([404, { error: 'Group not found' }]);
  expect([unknown.status, unknown.body]).toEqual([foreign.status, foreign.body]);
  expect((await read()).name).toBe('North');
});

test('a malformed group id is a 400 that names it', async () => {
  const { status, body } = await patch({ name: 'Never' }, { id: 'grp_1' });
  expect([status, body]).toMatchObject([400, { details: [{ path: 'id' }] }]);
});

test('scoped and read-only keys change no group', async () => {
  const { key } = await createApiKey(api.db, { orgId: api.partner.id, readOnly: true });
  const scoped = await patch({ name: 'Never' }, { key: api.partner.scopedKey });
  expect([scoped.status, scoped.body]).toEqual([
    403,
    { error: 'This needs an API key for the whole organization' },
  ]);
  const reading = await patch({ name: 'Never' }, { key });
  expect([reading.status, reading.body]).toEqual([403, { error: 'This API key may only read' }]);
  expect((await read()).name).toBe('North');
});

test('one Idempotency-Key changes a group once; on another group it is another request', async () => {
  const headers = { 'idempotency-key': newId() };
  const first = await patch({ name: 'Once' }, { headers });
  await patch({ name: 'Since' });
  const again = await patch({ name: 'Once' }, { headers });
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  expect(again.body).toEqual(first.body);
  expect((await read()).name).toBe('Since');
  const other = await patch({ name: 'Twice' }, { headers });
  expect([other.status, other.body]).toEqual([422, { error: expect.any(String) }]);
  const shouted = await patch({ name: 'Once' }, { id: group.id.toUpperCase(), headers });
  expect([shouted.body, (await read()).name]).toEqual([first.body, 'Since']);
  const { id } = await made(api.partner);
  const elsewhere = await patch({ name: 'Once' }, { id, headers });
  expect([elsewhere.status, elsewhere.headers.get('idempotent-replayed')]).toEqual([200, null]);
});

test('billing_enabled: false clears the flag, and leaves entity and credits', async () => {
  const { db, partner } = api;
  await db
    .updateTable('groups')
    .set({ billing_enabled: true })
    .where('id', '=', group.id)
    .execute();
  await aBillingEntity(db, partner.id, group.id);
  const credits = { group_id: group.id, monthly: 10, one_off: 2.5 };
  const { key } = partner;
  const set = await call(api, 'PUT', '/api/v1/credits/group', { key, json: credits });
  expect(set.status).toBe(200);
  const { status, body } = await patch({ billing_enabled: false });
  expect([status, body.group.billingEnabled]).toEqual([200, false]);
  const path = `/api/v1/credits/group?group_id=${group.id}`;
  expect((await call(api, 'GET', path, { key })).body).toEqual(set.body);
  const kept = await db
    .selectFrom('billing_entities')
    .select('upstream_id')
    .where('group_id', '=', group.id)
    .execute();
  expect(kept).toEqual([{ upstream_id: `cus_${group.id}` }]);
});
