import { createApiKey } from '@usher/directory';
import { newId } from '@usher/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

let api: TestApi;
/** Of the first organization, for reading alone. */
let readingKey: string;
beforeAll(async () => {
  api = await startTestApi();
  const made = await createApiKey(api.db, { orgId: api.organization.id, readOnly: true });
  readingKey = made.key;
});
afterAll(() => api.close());

interface Endpoint {
  id: string;
  url: string;
  event_types: string[];
  in_order: boolean;
  enabled: boolean;
  disabled_reason: string | null;
  updated_at: string;
  secret?: string;
}

const ROOT = '/api/v1/webhook-endpoints';
// A literal address: nothing here depends on a name server.
const HOOK = 'https://8.8.8.8/hooks';
const SECRET = /^whsec_[A-Za-z0-9+/]{43}=$/;

type Options = Parameters<typeof call>[3];
const ask = <Body = Endpoint>(method: string, path: string, options: Options = {}) =>
  call<Body>(api, method, ROOT + path, { key: api.organization.key, ...options });

async function create(json: object = {}, key = api.organization.key) {
  const answer = await ask('POST', '', { key, json: { url: HOOK, ...json } });
  expect(answer.status).toBe(201);
  return answer.body as Endpoint & { secret: string };
}

/** Every text that any table of the database holds. */
async function everythingStored(): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select quote_ident(table_schema) || '.' || quote_ident(table_name) as name
    from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`.execute(
    api.db,
  );
  const texts = [];
  for (const { name } of tables) {
    const { rows } = await sql<{ text: string }>`
      select content::text as text from ${sql.raw(name)} as content`.execute(api.db);
    texts.push(...rows.map(({ text }) => text));
  }
  return texts.join('\n');
}

test('an endpoint is registered for everything but single targets, and read back', async () => {
  const { status, body, headers } = await ask('POST', '', { json: { url: HOOK } });
  expect(status).toBe(201);
  expect(headers.get('location')).toBe(`${ROOT}/${body.id}`);
  const { secret, ...endpoint } = body;
  expect(secret).toMatch(SECRET);
  expect(endpoint).toEqual({
    id: expect.any(String),
    url: HOOK,
    event_types: ['job.completed', 'job.canceled', 'invitation.accepted', 'endpoint.disabled'],
    in_order: false,
    enabled: true,
    disabled_reason: null,
    failing_since: null,
    last_sequence: 0,
    created_at: expect.stringMatching(/Z$/),
    updated_at: expect.stringMatching(/Z$/),
  });
  const read = await ask('GET', `/${body.id.toUpperCase()}`);
  expect([read.status, read.body]).toEqual([200, endpoint]);
});

test('a secret is shown once, and stands nowhere in plain text', async () => {
  const headers = { 'idempotency-key': newId() };
  const first = await ask('POST', '', { json: { url: HOOK }, headers });
  const { secret, ...endpoint } = first.body;
  const again = await ask('POST', '', { json: { url: HOOK }, headers });
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  expect(again.body).toEqual(endpoint);
  expect(again.headers.get('location')).toBe(`${ROOT}/${endpoint.id}`);

  const rotated = await ask('POST', `/${endpoint.id}/rotate`, { headers });
  expect(rotated.status).toBe(200);
  expect(rotated.body.secret).toMatch(SECRET);
  expect(rotated.body.secret).not.toBe(secret);
  const rotatedAgain = await ask('POST', `/${endpoint.id}/rotate`, { headers });
  expect(rotatedAgain.headers.get('idempotent-replayed')).toBe('true');
  const { secret: second, ...rest } = rotated.body;
  expect(rotatedAgain.body).toEqual(rest);

  const answers = [
    await ask('GET', `/${endpoint.id}`),
    await ask('GET', ''),
    await ask('PATCH', `/${endpoint.id}`, { json: { in_order: true } }),
    await ask('POST', `/${endpoint.id}/enable`),
  ];
  const seen = JSON.stringify(answers.map(({ body }) => body)) + (await everythingStored());
  expect(seen).toContain(endpoint.id);
  for (const each of [secret!, second!]) {
    const bytes = Buffer.from(each.slice('whsec_'.length), 'base64');
    for (const form of [each.slice('whsec_'.length), bytes.toString('hex')]) {
      expect(seen).not.toContain(form);
    }
  }
  expect(seen).not.toContain(Buffer.from(secret!).toString('hex'));
});

test('both secrets can be opened by whoever signs, under the endpoint that they belong to', async () => {
  const { id, secret } = await create();
  const rotated = await ask('POST', `/${id}/rotate`);
  const rows = await api.db
    .selectFrom('webhook_secrets')
    .select('sealed')
    .where('endpoint_id', '=', id)
    .orderBy('id')
    .execute();
  const opened = rows.map(({ sealed }) => api.context.sealer.open(sealed, id));
  expect(opened).toEqual([secret, rotated.body.secret]);
});

test('five secrets sign at most', async () => {
  const { id } = await create();
  const statuses: number[] = [];
  for (let n = 0; n < 5; n += 1) statuses.push((await ask('POST', `/${id}/rotate`)).status);
  expect(statuses).toEqual([200, 200, 200, 200, 409]);
});

test.each([
  ['no url', {}, '#/url'],
  ['an address without a protocol', { url: 'hooks.example' }, '#/url'],
  ['plain http', { url: 'http://8.8.8.8/' }, '#/url'],
  ['a loopback address', { url: 'https://127.0.0.1/' }, '#/url'],
  ['a loopback address of IPv6', { url: 'https://[::1]/' }, '#/url'],
  ['a private address', { url: 'https://10.1.2.3/' }, '#/url'],
  ['the metadata address', { url: 'https://169.254.169.254/latest' }, '#/url'],
  ['a name for this machine', { url: 'https://localhost/' }, '#/url'],
  ['a url of 2,049 characters', { url: `${HOOK}/${'x'.repeat(2_049)}` }, '#/url'],
  ['an unknown event type', { url: HOOK, event_types: ['job.started'] }, '#/event_types/0'],
  ['the test event', { url: HOOK, event_types: ['endpoint.test'] }, '#/event_types/0'],
  ['no event type', { url: HOOK, event_types: [] }, '#/event_types'],
  ['a text for in_order', { url: HOOK, in_order: 'yes' }, '#/in_order'],
  ['a secret', { url: HOOK, secret: 'whsec_mine' }, '#'],
])('%s is a problem that names the place, and registers nothing', async (_, json, pointer) => {
  const before = await ask('GET', '?limit=200');
  const { status, body, headers } = await ask<{ code: string; errors: object[] }>('POST', '', {
    json,
  });
  expect(status).toBe(400);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(body.code).toBe('invalid_request');
  expect(body.errors).toMatchObject([{ pointer }]);
  expect((await ask('GET', '?limit=200')).body).toEqual(before.body);
});

test('a refused address changes nothing of an endpoint either', async () => {
  const { id } = await create();
  const { status, body } = await ask<object>('PATCH', `/${id}`, {
    json: { url: 'https://10.0.0.1/', enabled: false },
  });
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '#/url' }] });
  expect((await ask('GET', `/${id}`)).body).toMatchObject({ url: HOOK, enabled: true });
});

test('a change that changes nothing moves nothing, and an empty or unknown one is refused', async () => {
  const { id, secret: _, ...before } = await create();
  const same = await ask('PATCH', `/${id}`, { json: { url: HOOK, in_order: false } });
  expect([same.status, same.body]).toEqual([200, { id, ...before }]);
  const changed = await ask('PATCH', `/${id}`, {
    json: { event_types: ['job.target_failed', 'job.target_failed'], in_order: true },
  });
  expect(changed.body).toMatchObject({ event_types: ['job.target_failed'], in_order: true });
  expect(changed.body.updated_at > before.updated_at).toBe(true);
  for (const json of [{}, { color: 'red' }, { url: null }, []]) {
    expect((await ask('PATCH', `/${id}`, { json })).status).toBe(400);
  }
});

test('a PATCH under one Idempotency-Key is done once', async () => {
  const { id } = await create();
  const headers = { 'idempotency-key': newId() };
  const first = await ask('PATCH', `/${id}`, { json: { in_order: true }, headers });
  await ask('PATCH', `/${id}`, { json: { in_order: false } });
  const again = await ask('PATCH', `/${id}`, { json: { in_order: true }, headers });
  expect([again.headers.get('idempotent-replayed'), again.body]).toEqual(['true', first.body]);
  expect((await ask('GET', `/${id}`)).body.in_order).toBe(false);
  const other = await ask('PATCH', `/${id}`, { json: { in_order: false }, headers });
  expect(other.status).toBe(422);
});

test('many requests at once with one Idempotency-Key register one endpoint, and one shows its secret', async () => {
  const headers = { 'idempotency-key': newId() };
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => ask('POST', '', { json: { url: HOOK }, headers })),
  );
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(answers.filter(({ body }) => 'secret' in body)).toHaveLength(1);
});

test('its owner disables and enables an endpoint', async () => {
  const { id } = await create();
  const disabled = await ask('PATCH', `/${id}`, { json: { enabled: false } });
  expect(disabled.body).toMatchObject({ enabled: false, disabled_reason: 'disabled by its owner' });
  const test409 = await ask<{ detail: string }>('POST', `/${id}/test`);
  expect([test409.status, test409.body.detail]).toEqual([409, expect.stringContaining('enable')]);
  const enabled = await ask('POST', `/${id}/enable`, { json: {} });
  expect(enabled.body).toMatchObject({ enabled: true, disabled_reason: null });
  // Many clients send the content type with every request, body or none.
  const empty = { headers: { 'content-type': 'application/json' }, body: '' };
  expect((await ask('POST', `/${id}/enable`, empty)).body).toEqual(enabled.body);
  expect((await ask('POST', `/${id}/enable`)).body).toEqual(enabled.body);
  expect((await ask('POST', `/${id}/enable`, { json: { force: true } })).status).toBe(400);
  expect((await ask('PATCH', `/${id}`, { json: { enabled: false } })).body.enabled).toBe(false);
  expect((await ask('PATCH', `/${id}`, { json: { enabled: true } })).body.enabled).toBe(true);
});

test('a deleted endpoint is gone from everywhere, and is deleted once', async () => {
  const { id } = await create();
  const deleted = await ask('DELETE', `/${id}`);
  expect([deleted.status, deleted.body]).toEqual([204, '']);
  await expectNotFound(id, api.organization.key);
  const { body } = await ask<{ webhook_endpoints: Endpoint[] }>('GET', '?limit=200');
  expect(body.webhook_endpoints.map((each) => each.id)).not.toContain(id);
});

test('another organization’s endpoint is as unknown as one that never was', async () => {
  const { id, secret: _, ...before } = await create();
  await expectNotFound(id, api.partner.key);
  await expectNotFound(newId(), api.partner.key);
  expect((await ask('GET', `/${id}`)).body).toEqual({ id, ...before });
  const theirs = await ask<{ webhook_endpoints: Endpoint[] }>('GET', '', { key: api.partner.key });
  expect(theirs.body.webhook_endpoints).toEqual([]);
});

async function expectNotFound(id: string, key: string): Promise<void> {
  for (const [method, path, json] of [
    ['GET', '', undefined],
    ['PATCH', '', { enabled: false }],
    ['POST', '/enable', undefined],
    ['POST', '/rotate', undefined],
    ['POST', '/test', undefined],
    ['POST', '/recover', {}],
    ['DELETE', '', undefined],
  ] as const) {
    const answer = await ask<object>(method, `/${id}${path}`, { key, json });
    expect([method, path, answer.status]).toEqual([method, path, 404]);
    expect(answer.body).toMatchObject({ code: 'not_found', detail: 'Webhook endpoint not found' });
  }
}

test('scoped keys may nothing here, and keys for reading only read', async () => {
  const { id } = await create();
  for (const [method, path, json] of [
    ['GET', '', undefined],
    ['GET', `/${id}`, undefined],
    ['POST', '', { url: HOOK }],
    ['PATCH', `/${id}`, { enabled: false }],
    ['POST', `/${id}/enable`, undefined],
    ['POST', `/${id}/rotate`, undefined],
    ['POST', `/${id}/test`, undefined],
    ['POST', `/${id}/recover`, {}],
    ['DELETE', `/${id}`, undefined],
  ] as const) {
    const scoped = await ask(method, path, { key: api.organization.scopedKey, json });
    expect([method, path, scoped.status]).toEqual([method, path, 403]);
    const reading = await ask(method, path, { key: readingKey, json });
    expect([method, path, reading.status]).toEqual([method, path, method === 'GET' ? 200 : 403]);
    const { status } = await call(api, method, ROOT + path, { json });
    expect([method, path, status]).toEqual([method, path, 401]);
  }
  expect((await ask('GET', `/${id}`)).body.enabled).toBe(true);
});

test('every request here counts against the rate limit', async () => {
  const { id } = await create();
  const remaining = async (method: string, path: string) =>
    Number((await ask(method, path)).headers.get('x-rate-limit-remaining'));
  const counts = [
    await remaining('GET', ''),
    await remaining('GET', `/${id}`),
    await remaining('POST', `/${id}/enable`),
  ];
  // A new minute may begin in between, and then counts start anew.
  expect(new Set(counts).size).toBe(3);
});

test('no more than fifty are registered, and the refusal names the limit', async () => {
  const { key } = api.partner;
  const attempts = await Promise.all(
    Array.from({ length: 52 }, () => ask<object>('POST', '', { key, json: { url: HOOK } })),
  );
  const refused = attempts.filter(({ status }) => status === 409);
  expect(refused).toHaveLength(2);
  for (const { body } of refused) {
    expect(body).toMatchObject({ code: 'state_conflict', detail: expect.stringContaining('50') });
  }
  const seen: string[] = [];
  let cursor = '';
  do {
    const page = await ask<{ webhook_endpoints: Endpoint[]; next_cursor: string }>(
      'GET',
      `?limit=20&cursor=${cursor}`,
      { key },
    );
    seen.push(...page.body.webhook_endpoints.map(({ id }) => id));
    cursor = page.body.next_cursor;
  } while (cursor !== '');
  expect(seen).toHaveLength(50);
  expect(seen).toEqual(seen.toSorted().toReversed());
  expect((await ask('GET', '?cursor=x', { key })).status).toBe(400);
});

test('where private addresses are allowed, for development, they are taken', async () => {
  const local = await startTestApi({ WEBHOOK_ALLOW_PRIVATE: 'true' });
  try {
    const { key } = local.organization;
    const json = { url: 'http://127.0.0.1:9/hook' };
    const { status, body } = await call<Endpoint>(local, 'POST', ROOT, { key, json });
    expect([status, body.url]).toEqual([201, json.url]);
  } finally {
    await local.close();
  }
});
