import { newId } from '@usher/db';
import { createApiKey, revokeApiKey } from '@usher/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type Answer, type TestApi } from '../support/test-api.ts';
import { waitFor } from '../support/wait-for.ts';

const LIMIT = 4;
let api: TestApi;
let limited: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  limited = await startTestApi({ RATE_LIMIT_PER_MINUTE: String(LIMIT) });
});
afterAll(async () => {
  await api.close();
  await limited.close();
});

const id = newId();
const READS = [
  '/websites',
  '/groups',
  `/groups/${id}`,
  `/websites/${id}/members`,
  '/credits/group',
].map((path) => ['GET', `/api/v1${path}`] as const);
const WRITES = [
  ['POST', '/api/v1/websites'],
  ['POST', '/api/v1/groups'],
  ['PATCH', `/api/v1/groups/${id}`],
  ['PUT', '/api/v1/credits/group'],
  ['POST', '/api/v1/invites/bulk'],
  ['POST', '/api/v1/invites'],
  ['DELETE', `/api/v1/websites/${id}/members/${id}`],
  ['DELETE', `/api/v1/invites/org/${id}`],
] as const;
const NATIVE = [
  ['POST', '/api/v1/jobs'],
  ['GET', '/api/v1/jobs'],
  ['GET', `/api/v1/jobs/${id}`],
  ['GET', `/api/v1/jobs/${id}/targets`],
] as const;

const problem = (status: number, code: string) => ({
  type: 'about:blank',
  title: expect.any(String),
  status,
  code,
  detail: expect.any(String),
  request_id: expect.any(String),
});

/** No key, an unknown one, one that expired and one that was revoked. */
async function badKeys(): Promise<(string | undefined)[]> {
  const { id: orgId } = api.organization;
  const expired = await createApiKey(api.db, { orgId, expiresAt: new Date(Date.now() + 60_000) });
  await api.db
    .updateTable('api_keys')
    .set({ expires_at: new Date(Date.now() - 1_000) })
    .where('id', '=', expired.id)
    .execute();
  const revoked = await createApiKey(api.db, { orgId });
  await revokeApiKey(api.db, { orgId, keyId: revoked.id });
  const changed = api.organization.key.slice(0, -1);
  return [undefined, '', 'usher_nobody', changed, expired.key, revoked.key];
}

test.each([...READS, ...WRITES])(
  '%s %s without a key that is valid is a 401 in Athena’s shape',
  async (method, path) => {
    for (const key of await badKeys()) {
      const { status, body, headers } = await call(api, method, path, { key });
      expect([status, body]).toEqual([401, { error: expect.stringContaining('API key') }]);
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    }
  },
);

test.each(NATIVE)('%s %s without a key that is valid is a 401 problem', async (method, path) => {
  for (const key of await badKeys()) {
    const { status, body, headers } = await call(api, method, path, { key });
    expect([status, body]).toEqual([401, problem(401, 'unauthorized')]);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  }
});

test('a key is revoked at once', async () => {
  const { id: orgId } = api.organization;
  const { key, id: keyId } = await createApiKey(api.db, { orgId });
  expect((await call(api, 'GET', '/api/v1/websites', { key })).status).toBe(200);
  await revokeApiKey(api.db, { orgId, keyId });
  expect((await call(api, 'GET', '/api/v1/websites', { key })).status).toBe(401);
});

test('a read-only key reads everything and changes nothing', async () => {
  const { id: orgId, groupIds, websiteIds } = api.organization;
  const { key } = await createApiKey(api.db, { orgId, readOnly: true });
  for (const path of [
    '/websites',
    '/groups',
    `/groups/${groupIds[0]}`,
    `/websites/${websiteIds[0]}/members`,
    '/jobs',
  ]) {
    expect((await call(api, 'GET', `/api/v1${path}`, { key })).status).toBe(200);
  }
  for (const [method, path] of WRITES) {
    const { status, body } = await call(api, method, path, { key });
    expect([status, body]).toEqual([403, { error: 'This API key may only read' }]);
  }
  const { status, body } = await call(api, 'POST', '/api/v1/jobs', { key, json: {} });
  expect([status, body]).toEqual([403, problem(403, 'forbidden')]);
});

const json = { 'content-type': 'application/json' };
const long = 'x'.repeat(300);
/** Every kind of answer that a counted request can have. */
const ANSWERS: [
  what: string,
  status: number,
  method: string,
  path: string,
  options?: { headers?: Record<string, string>; body?: string },
][] = [
  ['what was asked for', 200, 'GET', '/websites'],
  ['a malformed id', 400, 'GET', '/groups/x'],
  ['an id that is too long', 400, 'GET', `/groups/${long}`],
  ['a path that cannot be decoded', 400, 'GET', '/%zz'],
  ['a native path that cannot be decoded', 400, 'GET', '/jobs/%zz'],
  ['JSON that ends too soon', 400, 'POST', '/websites', { headers: json, body: '{"url": ' }],
  ['no JSON, natively', 400, 'POST', '/jobs', { headers: json, body: 'kind=x' }],
  ['an empty body', 400, 'PATCH', `/groups/${id}`, { headers: json, body: '' }],
  ['a body that is not valid', 400, 'POST', '/invites/bulk', { headers: json, body: '{}' }],
  ['a resource that is not there', 404, 'GET', `/groups/${id}`],
  ['no route', 404, 'GET', '/nothing'],
  ['no native route', 404, 'GET', '/jobs/x/nothing'],
  ['no route, with garbage', 404, 'POST', '/nothing', { headers: json, body: '{' }],
  ['the wrong method', 404, 'PUT', '/websites', { headers: json, body: '{}' }],
  ['a state that forbids it', 409, 'PUT', '/credits/group'],
  [
    'a body over 1 MiB',
    413,
    'POST',
    '/websites',
    { headers: json, body: `"${'x'.repeat(1_048_576)}"` },
  ],
  ['a form', 415, 'POST', '/jobs', { headers: { 'content-type': 'text/plain' }, body: 'x' }],
];

/** The minute that an answer is of, and the requests left in it. */
function rateOf({ headers }: Answer<unknown>): [minute: number, left: number] {
  return [Number(headers.get('x-rate-limit-reset')), Number(headers.get('x-rate-limit-remaining'))];
}

test.each(ANSWERS)('%s: a %i says where the organization stands, and counts', async (...answer) => {
  const [, status, method, path, options = {}] = answer;
  const { key, groupIds } = api.partner;
  const asked =
    status === 409
      ? { json: { group_id: groupIds[0], monthly: 1 } } // It has no billing entity.
      : options;
  const ask = () => call(api, method, `/api/v1${path}`, { ...asked, key });
  await waitFor('two requests in one minute', async () => {
    const [minute, before] = rateOf(await call(api, 'GET', '/api/v1/websites', { key }));
    const told = await ask();
    expect(told.status).toBe(status);
    expect(told.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(told.headers.get('x-rate-limit-limit')).toBe('1000000');
    const [thisMinute, left] = rateOf(told);
    const ahead = thisMinute - Date.now() / 1_000;
    expect(ahead).toBeGreaterThan(-1);
    expect(ahead).toBeLessThanOrEqual(61);
    if (thisMinute !== minute) return false;
    expect(left).toBe(before - 1);
    return true;
  });
});

test.each(ANSWERS)('%s: over the limit it is a 429 instead', async (_, __, ...request) => {
  const [method, path, options] = request;
  const { key } = limited.partner;
  await waitFor('two requests in one minute', async () => {
    const refused = await untilRefused(key, 'GET', '/api/v1/websites');
    const { status, headers } = await call(limited, method, `/api/v1${path}`, { ...options, key });
    const reset = headers.get('x-rate-limit-reset');
    expect(reset).toEqual(expect.any(String));
    if (reset !== refused.headers.get('x-rate-limit-reset')) return false;
    expect([status, headers.get('x-rate-limit-remaining')]).toEqual([429, '0']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    return true;
  });
});

test.each([
  ['bad JSON', json, '{"url": '],
  ['a body over 1 MiB', json, `"${'x'.repeat(1_048_576)}"`],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'url=x'],
])('%s without a key that is valid is a 401 without rate headers', async (_, headers, body) => {
  for (const key of await badKeys()) {
    for (const path of ['/websites', '/jobs']) {
      const answer = await call(api, 'POST', `/api/v1${path}`, { key, headers, body });
      expect([path, answer.status]).toEqual([path, 401]);
      expect(rateHeaders(answer)).toEqual([]);
    }
  }
});

test('no route is a 404 without rate headers for whoever has no key that is valid', async () => {
  for (const key of await badKeys()) {
    for (const path of ['/nothing', '/jobs/x/nothing']) {
      const answer = await call(api, 'POST', `/api/v1${path}`, { key, headers: json, body: '{' });
      expect([path, answer.status]).toEqual([path, 404]);
      expect(rateHeaders(answer)).toEqual([]);
    }
  }
});

test('what is below no surface is nobody’s, and counts against nobody', async () => {
  const { key } = api.partner;
  const used = () => api.db.selectFrom('rate_windows').selectAll().execute();
  const before = await used();
  for (const path of ['/', '/nothing', '/api/v2/websites', '/accept/x', '/%zz']) {
    const answer = await call(api, 'GET', path, { key });
    expect([path, rateHeaders(answer)]).toEqual([path, []]);
  }
  expect(await used()).toEqual(before);
});

const rateHeaders = ({ headers }: Answer<unknown>) =>
  [...headers.keys()].filter((name) => name.startsWith('x-rate-limit'));

/** The first answer that is refused: a new minute may start on the way, but not two. */
async function untilRefused(key: string, method: string, path: string) {
  for (let count = 0; count <= 2 * LIMIT; count += 1) {
    const answer = await call(limited, method, path, { key });
    if (answer.status === 429) return answer;
    const left = Number(answer.headers.get('x-rate-limit-remaining'));
    expect(left).toBeGreaterThanOrEqual(0);
    expect(left).toBeLessThan(LIMIT);
  }
  throw new Error('never refused');
}

test('over the limit is a 429 that says when to come back, in the surface’s own shape', async () => {
  const { key } = limited.organization;
  const athena = await untilRefused(key, 'GET', '/api/v1/websites');
  expect(athena.body).toEqual({ error: expect.stringContaining(`${LIMIT} requests`) });
  const native = await untilRefused(key, 'POST', '/api/v1/jobs');
  expect(native.body).toEqual(problem(429, 'rate_limited'));
  for (const { headers } of [athena, native]) {
    expect(headers.get('x-rate-limit-remaining')).toBe('0');
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  }
});

test('the limit is the organization’s, over all of its keys, and nobody else’s', async () => {
  const { id: orgId, scopedKey } = limited.partner;
  const refused = await untilRefused(scopedKey, 'GET', '/api/v1/websites');
  const minute = refused.headers.get('x-rate-limit-reset');
  const { key } = await createApiKey(limited.db, { orgId });
  const other = await call(limited, 'GET', '/api/v1/websites', { key });
  // Unless a new minute has just begun.
  if (other.headers.get('x-rate-limit-reset') === minute) expect(other.status).toBe(429);

  const { key: stranger } = await createApiKey(api.db, { orgId: api.partner.id });
  expect((await call(api, 'GET', '/api/v1/websites', { key: stranger })).status).toBe(200);
});

test('reading jobs is not counted, and works over the limit', async () => {
  const { key } = limited.organization;
  await untilRefused(key, 'GET', '/api/v1/websites');
  const { status, headers } = await call(limited, 'GET', '/api/v1/jobs', { key });
  // Told where it stands, like every answer, but not refused.
  expect([status, headers.get('x-rate-limit-remaining')]).toEqual([200, '0']);
});

test('requests with a bad key count against nobody', async () => {
  const { key } = api.partner;
  const used = async () => {
    const { headers } = await call(api, 'GET', '/api/v1/websites', { key });
    return [headers.get('x-rate-limit-reset'), Number(headers.get('x-rate-limit-remaining'))];
  };
  const [minute, before] = await used();
  await call(api, 'GET', '/api/v1/websites', { key: `${key}x` });
  const [sameMinute, after] = await used();
  if (minute === sameMinute) expect(after).toBe((before as number) - 1);
});
