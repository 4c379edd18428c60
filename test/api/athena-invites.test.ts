import { newId } from '@usher/db';
import { createApiKey } from '@usher/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

interface Body {
  job: { id: string; counts: { total: number }; links: { self: string; targets: string } };
  targets: object[];
}

/** No worker runs here: what is accepted is answered 202 at once, unless told otherwise. */
const ASYNC = { prefer: 'respond-async' };
const invite = (json: object, { key = api.organization.key, headers = ASYNC as object } = {}) =>
  call<Body>(api, 'POST', '/api/v1/invites', { key, json, headers: { ...headers } });
const bulk = (json: object, { key = api.organization.key, headers = ASYNC as object } = {}) =>
  call<Body>(api, 'POST', '/api/v1/invites/bulk', { key, json, headers: { ...headers } });

const person = () => `${newId()}@example.com`;
const jobs = async () => {
  const rows = await api.db.selectFrom('jobs').select('id').orderBy('id').execute();
  return rows.map(({ id }) => id);
};
const targetsOf = async ({ job }: Body) => {
  const { key } = api.organization;
  return (await call<Body>(api, 'GET', job.links.targets, { key })).body.targets;
};

/** What is valid, for each type. */
const valid = (type: string, more: object = {}) => ({
  type,
  invite_method: 'direct',
  email: 'valid@example.com',
  website_id: api.organization.websiteIds[0],
  group_id: api.organization.groupIds[0],
  ...more,
});

test.each<[what: string, body: () => unknown, path: string, message: string | RegExp]>([
  ['nothing', () => ({}), 'type', 'must be organization, website or group'],
  ['another type', () => valid('team'), 'type', 'must be organization, website or group'],
  ['a number for the type', () => valid('x', { type: 7 }), 'type', /^must be organization/],
  ['no website', () => valid('website', { website_id: undefined }), 'website_id', 'is required'],
  [
    'a website that is null',
    () => valid('website', { website_id: null }),
    'website_id',
    /^must be/,
  ],
  [
    'a malformed website',
    () => valid('website', { website_id: 'x' }),
    'website_id',
    'must be a uuid',
  ],
  ['no group', () => valid('group', { group_id: undefined }), 'group_id', 'is required'],
  ['a malformed group', () => valid('group', { group_id: '1' }), 'group_id', 'must be a uuid'],
  [
    'no method',
    () => valid('website', { invite_method: undefined }),
    'invite_method',
    'must be direct or email',
  ],
  [
    'another method',
    () => valid('organization', { invite_method: 'sms' }),
    'invite_method',
    'must be direct or email',
  ],
  ['no address', () => valid('group', { email: undefined }), 'email', 'is required'],
  [
    'no real address',
    () => valid('website', { email: 'me@' }),
    'email',
    'must be an email address',
  ],
  ['another role', () => valid('website', { role: 'owner' }), 'role', 'must be admin or viewer'],
  ['an empty name', () => valid('group', { first_name: ' ' }), 'first_name', 'must not be empty'],
  ['a long name', () => valid('group', { last_name: 'x'.repeat(256) }), 'last_name', /at most 255/],
])('%s is a 400 that names the place, and makes no job', async (_, body, path, message) => {
  const before = await jobs();
  const answer = await invite(body() as object);
  expect([answer.status, answer.body]).toEqual([
    400,
    {
      error: expect.stringMatching(/^Validation failed: /),
      details: [{ path, message: expect.stringMatching(message) }],
    },
  ]);
  expect(await jobs()).toEqual(before);
});

test.each<[what: string, change: object, path: string, message: string | RegExp]>([
  ['no targets', { website_ids: undefined }, '', /^exactly one of website_ids and group_ids/],
  [
    'websites and groups',
    { group_ids: [newId()] },
    '',
    /^exactly one of website_ids and group_ids/,
  ],
  ['an empty list', { website_ids: [] }, 'website_ids', 'must name at least one target'],
  ['51 websites', { website_ids: Array(51).fill(newId()) }, 'website_ids', /at most 50 targets/],
  ['a malformed website', { website_ids: ['x'] }, 'website_ids.0', 'must be a uuid'],
  ['no list', { website_ids: newId() }, 'website_ids', 'must be an array'],
  ['no method', { invite_method: undefined }, 'invite_method', 'must be direct or email'],
  ['another role', { role: 'owner' }, 'role', 'must be admin or viewer'],
  ['no real address', { email: 'me' }, 'email', 'must be an email address'],
  ['an empty name', { first_name: '' }, 'first_name', 'must not be empty'],
])('in a bulk invite %s is a 400 that names the place, and makes no job', async (...given) => {
  const [, change, path, message] = given;
  const before = await jobs();
  const json = { invite_method: 'direct', email: person(), website_ids: [newId()], ...change };
  const { status, body } = await bulk(json);
  expect([status, body]).toEqual([
    400,
    {
      error: expect.stringMatching(/^Validation failed: /),
      details: [{ path, message: expect.stringMatching(message) }],
    },
  ]);
  expect(await jobs()).toEqual(before);
});

test('50 websites are one job of 50 targets', async () => {
  const website_ids = Array.from({ length: 50 }, () => newId());
  const { status, body } = await bulk({ invite_method: 'direct', email: person(), website_ids });
  expect([status, body.job.counts.total]).toEqual([202, 50]);
});

test('each type is a job of one target, shown under its own field', async () => {
  const { id, websiteIds, groupIds } = api.organization;
  for (const [type, target] of [
    ['website', { website_id: websiteIds[0] }],
    ['group', { group_id: groupIds[0] }],
    ['organization', { organization_id: id }],
  ] as const) {
    for (const invite_method of ['direct', 'email']) {
      const email = person();
      const { status, body } = await invite(valid(type, { invite_method, email }));
      expect([status, body.job]).toMatchObject([
        202,
        { kind: 'bulk-invite', counts: { total: 1 } },
      ]);
      expect(await targetsOf(body)).toMatchObject([{ position: 0, ...target, email }]);
    }
  }
});

test('ids that its type does not need are ignored, whatever they are', async () => {
  for (const [type, more] of [
    ['organization', { website_id: null, group_id: '' }],
    ['website', { group_id: 'x' }],
    ['group', { website_id: 7, color: 'red' }],
  ] as const) {
    const { status } = await invite(valid(type, { email: person(), ...more }));
    expect([type, status]).toEqual([type, 202]);
  }
});

test('null is as good as nothing where nothing may be said: role, name, the other kind of target', async () => {
  const [website_ids, group_ids] = [[newId()], [newId()]];
  const unset = { role: null, first_name: null, last_name: null };
  const many = { invite_method: 'direct', email: person(), ...unset };
  for (const { status, body } of [
    await invite(valid('website', { email: person(), group_id: null, ...unset })),
    await bulk({ ...many, website_ids, group_ids: null }),
    await bulk({ ...many, website_ids: null, group_ids }),
  ]) {
    expect(status).toBe(202);
    const { input } = await api.db
      .selectFrom('jobs')
      .select('input')
      .where('id', '=', body.job.id)
      .executeTakeFirstOrThrow();
    expect(input).toMatchObject({ ...unset, role: 'viewer' });
  }
  const neither = await bulk({ ...many, website_ids: null, group_ids: null });
  expect([neither.status, neither.body]).toMatchObject([400, { details: [{ path: '' }] }]);
});

test('a scoped key invites to websites alone: group and organization are a 403, and make no job', async () => {
  const { scopedKey: key } = api.organization;
  const before = await jobs();
  for (const [type, error] of [
    ['group', 'An API key for single websites cannot invite to groups'],
    ['organization', 'An API key for single websites cannot invite to the organization'],
  ] as const) {
    const { status, body } = await invite(valid(type), { key });
    expect([status, body]).toEqual([403, { error }]);
  }
  const group_ids = api.organization.groupIds;
  const many = await bulk({ invite_method: 'direct', email: person(), group_ids }, { key });
  expect([many.status, many.body]).toEqual([
    403,
    { error: 'An API key for single websites cannot invite to groups' },
  ]);
  expect(await jobs()).toEqual(before);
  expect((await invite(valid('website', { email: person() }), { key })).status).toBe(202);
});

test('a read-only key invites nobody', async () => {
  const { key } = await createApiKey(api.db, { orgId: api.organization.id, readOnly: true });
  for (const { status, body } of [
    await invite(valid('website'), { key }),
    await bulk({ invite_method: 'direct', email: person(), website_ids: [newId()] }, { key }),
  ]) {
    expect([status, body]).toEqual([403, { error: 'This API key may only read' }]);
  }
});

test('a wait that runs out is a 202 with the job, after it and not before', async () => {
  for (const ask of [
    (headers: object) => invite(valid('website', { email: person() }), { headers }),
    (headers: object) =>
      bulk({ invite_method: 'email', email: person(), website_ids: [newId()] }, { headers }),
  ]) {
    const began = performance.now();
    const { status, headers, body } = await ask({ prefer: 'wait=1' });
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_000);
    expect([status, headers.get('preference-applied')]).toEqual([202, 'wait=1']);
    expect(headers.get('location')).toBe(body.job.links.self);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(body).toMatchObject({ job: { state: 'queued', counts: { total: 1, pending: 1 } } });
  }
});

test('respond-async is a 202 that says so', async () => {
  const { status, headers } = await invite(valid('organization', { email: person() }));
  expect([status, headers.get('preference-applied')]).toEqual([202, 'respond-async']);
});

test('one Idempotency-Key makes one job; another body under it is a 422; a refusal leaves it free', async () => {
  const headers = { ...ASYNC, 'idempotency-key': newId() };
  const json = valid('organization', { email: person() });
  expect((await invite({ ...json, email: 'x' }, { headers })).status).toBe(400);
  const first = await invite(json, { headers });
  expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([202, null]);
  const quoted = { ...ASYNC, 'idempotency-key': `"${headers['idempotency-key']}"` };
  const second = await invite(json, { headers: quoted });
  expect([second.status, second.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
  expect(second.body.job.id).toBe(first.body.job.id);
  const other = await invite({ ...json, role: 'admin' }, { headers });
  expect([other.status, other.body]).toEqual([422, { error: expect.any(String) }]);
  const elsewhere = await invite(json, { key: api.partner.key, headers });
  expect(elsewhere.headers.get('idempotent-replayed')).toBeNull();
});

test('under one Idempotency-Key a key that may do less is never answered with what another one did', async () => {
  const headers = { ...ASYNC, 'idempotency-key': newId() };
  const json = valid('website', { email: person() });
  const { scopedKey } = api.organization;
  expect((await invite(json, { key: scopedKey, headers })).status).toBe(202);
  const again = await invite(json, { key: scopedKey, headers });
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
  const { id: orgId, websiteIds } = api.organization;
  const other = await createApiKey(api.db, { orgId, websiteIds: websiteIds.slice(1, 2) });
  for (const key of [other.key, api.organization.key]) {
    const { status, body } = await invite(json, { key, headers });
    expect([status, body]).toEqual([422, { error: expect.any(String) }]);
  }
});

test('a job of one organization is unknown to another', async () => {
  const { body } = await invite(valid('organization', { email: person() }));
  const { status } = await call(api, 'GET', body.job.links.self, { key: api.partner.key });
  expect(status).toBe(404);
});
