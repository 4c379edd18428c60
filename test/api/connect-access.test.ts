import { connect as dial } from 'node:net';
import { text } from 'node:stream/consumers';
import { newId } from '@usher/db';
import { createAccessTokens, createApiKey, revokeApiKey } from '@usher/directory';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type Answer, type TestApi } from '../support/test-api.ts';
import { waitFor } from '../support/wait-for.ts';
import { ask, expectError, idOf, ISO } from './use-connect.ts';

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

interface Token {
  access_token: string;
  token_type: string;
  expires_in: number;
}

const grant = { grant_type: 'client_credentials' };
const issue = (key: string | undefined, json: unknown = grant, headers?: Record<string, string>) =>
  ask<Token>(api, 'POST', '/auth/access-tokens', { key, json, headers });

/** Everything that Connect can be asked, for some group. */
const group = idOf(newId());
const READS = [
  ['GET', '/groups'],
  ['GET', `/groups/${group}`],
] as const;
const WRITES = [
  ['POST', '/groups'],
  ['PATCH', `/groups/${group}`],
] as const;
const OPERATIONS = [['POST', '/auth/access-tokens'], ...READS, ...WRITES] as const;

/** What is no valid key or token, as the headers that a request brings it in. */
async function badHeaders(): Promise<Record<string, string>[]> {
  const { id: orgId, key } = api.organization;
  const expired = await createApiKey(api.db, { orgId, expiresAt: new Date(Date.now() + 60_000) });
  await api.db
    .updateTable('api_keys')
    .set({ expires_at: new Date(Date.now() - 1_000) })
    .where('id', '=', expired.id)
    .execute();
  const { secretKey } = api.context.config;
  const late = createAccessTokens(secretKey, () => Date.now() - 15 * 60_000).issue(key);
  const forged = createAccessTokens(Buffer.alloc(32, 7)).issue(key);
  const values = [
    '',
    'Bearer',
    'Bearer ',
    key,
    `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
    'Bearer usher_nobody',
    `Bearer ${key.slice(0, -1)}`,
    `Bearer ${key} ${key}`,
    `Bearer ${expired.key}`,
    `Bearer ${late}`,
    `Bearer ${forged}`,
    `Bearer ${api.context.accessTokens.issue('usher_nobody')}`,
  ];
  return [{}, { 'x-api-key': key }, ...values.map((authorization) => ({ authorization }))];
}

test.each(OPERATIONS)('%s %s without a valid key or token is a 401', async (method, path) => {
  for (const headers of await badHeaders()) {
    const answer = await ask(api, method, path, { headers });
    expectError(answer, [401, 'unauthorized'], 'API key or access token');
    expect(rateHeaders(answer)).toEqual([]);
  }
});

test('a 401 says where a key belongs, or that it is not valid', async () => {
  expectError(await ask(api, 'GET', '/groups'), [401, 'unauthorized'], 'Authorization header');
  const answer = await ask(api, 'GET', '/groups', { key: 'usher_nobody' });
  expectError(answer, [401, 'unauthorized'], 'is not valid');
});

test('"bearer" is read in any case', async () => {
  for (const word of ['bearer', 'BEARER']) {
    const headers = { authorization: `${word} ${api.organization.key}` };
    expect((await ask(api, 'GET', '/groups', { headers })).status).toBe(200);
  }
});

test('a key and its token are one caller', async () => {
  const { key, groupIds } = api.organization;
  const { status, body, headers } = await issue(key);
  expect(status).toBe(200);
  expect(body).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 900,
  });
  expect(headers.get('cache-control')).toBe('no-store');
  const token = body.access_token;
  const path = `/groups/${idOf(groupIds[0] as string)}`;
  const byKey = await ask(api, 'GET', path, { key });
  expect((await ask(api, 'GET', path, { key: token })).body).toEqual(byKey.body);
  const renamed = await ask(api, 'PATCH', path, { key: token, json: { name: 'By token' } });
  expect(renamed.body).toMatchObject({ data: { name: 'By token' } });
  const entry = await api.db
    .selectFrom('audit_log')
    .select('api_key_id')
    .where('request_id', '=', renamed.headers.get('x-request-id'))
    .executeTakeFirstOrThrow();
  const { rows } = await sql<{ id: string }>`
    select id from api_keys where prefix = ${key.slice(0, 12)}`.execute(api.db);
  expect(rows).toEqual([{ id: entry.api_key_id }]);
});

test('a token dies with its key', async () => {
  const { id: orgId } = api.organization;
  const { key, id: keyId } = await createApiKey(api.db, { orgId });
  const { access_token: token } = (await issue(key)).body;
  expect((await ask(api, 'GET', '/groups', { key: token })).status).toBe(200);
  await revokeApiKey(api.db, { orgId, keyId });
  expectError(await ask(api, 'GET', '/groups', { key: token }), [401, 'unauthorized']);
});

test('a token is good for fifteen minutes', async () => {
  const { key } = api.organization;
  const { secretKey } = api.context.config;
  const issuedAgo = (ms: number) => createAccessTokens(secretKey, () => Date.now() - ms).issue(key);
  const status = async (token: string) => (await ask(api, 'GET', '/groups', { key: token })).status;
  expect(await status(issuedAgo(14 * 60_000))).toBe(200);
  expect(await status(issuedAgo(15 * 60_000))).toBe(401);
});

test('a token cannot be exchanged for another: a 403', async () => {
  const { access_token: token } = (await issue(api.organization.key)).body;
  expectError(await issue(token), [403, 'forbidden'], 'API keys alone');
});

test('a token is Connect’s alone: no other surface takes it', async () => {
  const { access_token: token } = (await issue(api.organization.key)).body;
  for (const path of ['/api/v1/groups', '/api/v1/jobs']) {
    const headers = { authorization: `Bearer ${token}` };
    expect((await call(api, 'GET', path, { key: token })).status).toBe(401);
    expect((await call(api, 'GET', path, { headers })).status).toBe(401);
  }
});

test.each([
  ['no body', undefined, 'grant_type: must be client_credentials'],
  ['no grant type', {}, 'grant_type: must be client_credentials'],
  ['another grant type', { grant_type: 'password' }, 'grant_type: must be client_credentials'],
  ['null', { grant_type: null }, 'grant_type: must be client_credentials'],
  ['a list for the body', [grant], 'must be an object'],
])('%s is no wish for a token: a 400', async (_, json, words) => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(json) ?? '';
  const { key } = api.organization;
  const answer = await ask(api, 'POST', '/auth/access-tokens', { key, headers, body });
  expectError(answer, [400, 'invalid_request'], words);
});

test('under one Idempotency-Key each repeat has a token of its own, and nobody stores it', async () => {
  const headers = { 'idempotency-key': newId() };
  const { key } = api.organization;
  const [first, second] = [await issue(key, grant, headers), await issue(key, grant, headers)];
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  for (const { body } of [first, second]) {
    expect((await ask(api, 'GET', '/groups', { key: body.access_token })).status).toBe(200);
  }
  const stored = await api.db
    .selectFrom('idempotency_keys')
    .select(['status', 'body'])
    .where('key', '=', headers['idempotency-key'])
    .execute();
  expect(stored).toEqual([{ status: 200, body: { token_type: 'Bearer', expires_in: 900 } }]);
  const other = await issue(key, { ...grant, more: 1 }, headers);
  expectError(other, [422, 'idempotency_key_reused']);
});

test('a scoped key may have a token, and comes near groups with neither: a 403', async () => {
  const { scopedKey } = api.organization;
  const { status, body } = await issue(scopedKey);
  expect(status).toBe(200);
  for (const key of [scopedKey, body.access_token]) {
    for (const [method, path] of [...READS, ...WRITES]) {
      expectError(await ask(api, method, path, { key }), [403, 'forbidden'], 'organization');
    }
  }
});

test('a read-only key reads, and neither it nor its token changes anything: a 403', async () => {
  const { id: orgId, groupIds } = api.organization;
  const { key } = await createApiKey(api.db, { orgId, readOnly: true });
  const { access_token: token } = (await issue(key)).body;
  for (const each of [key, token]) {
    for (const path of ['/groups', `/groups/${idOf(groupIds[0] as string)}`]) {
      expect((await ask(api, 'GET', path, { key: each })).status).toBe(200);
    }
    for (const [method, path] of WRITES) {
      expectError(await ask(api, method, path, { key: each }), [403, 'forbidden'], 'only read');
    }
  }
});

const json = { 'content-type': 'application/json' };

test.each([
  ['GET', '/nothing'],
  ['GET', ''],
  ['PUT', '/groups'],
  ['DELETE', `/groups/${group}`],
  ['GET', '/auth/access-tokens'],
])('%s /v1%s, which is no route, is a 404, with a key and without', async (method, path) => {
  for (const key of [undefined, 'usher_nobody', api.organization.key]) {
    const options = { key, headers: json, body: method === 'GET' ? undefined : '{' };
    const answer = await ask(api, method, path, options);
    expectError(answer, [404, 'not_found'], `${method} /v1${path}`);
  }
});

test.each(['/v1x', '/v2/groups', '/groups', '/api/v1/v1/groups'])(
  '%s is not Connect’s, and not answered as Connect answers',
  async (path) => {
    const { status, body } = await call(api, 'GET', path);
    expect([status, body]).toEqual([404, { error: expect.any(String) }]);
  },
);

test.each([
  ['JSON that ends too soon', [400, 'invalid_json'], json, '{"name": '],
  ['text that is no JSON', [400, 'invalid_json'], json, 'name=x'],
  ['a form', [415, 'unsupported_media_type'], { 'content-type': 'text/plain' }, '{}'],
  ['a body over 1 MiB', [413, 'too_large'], json, `"${'x'.repeat(1_048_576)}"`],
] as const)('%s is refused in Connect’s shape', async (_, [status, code], headers, body) => {
  const { key } = api.organization;
  for (const [method, path] of [['POST', '/auth/access-tokens'], ...WRITES] as const) {
    const answer = await ask(api, method, path, { key, headers, body });
    expectError(answer, [status, code]);
  }
});

test('a path that cannot be decoded is a 400, and counts', async () => {
  const answer = await ask(api, 'GET', '/groups/%zz', { key: api.organization.key });
  expectError(answer, [400, 'invalid_request'], 'percent-encoded');
  expect(rateHeaders(answer)).toHaveLength(3);
  expectError(await ask(api, 'GET', '/groups/%zz'), [400, 'invalid_request'], 'percent-encoded');
});

test('a path is Connect’s however it is encoded', async () => {
  const headers = { authorization: `Bearer ${api.organization.key}` };
  const answer = await call(api, 'GET', '/%76%31/groups', { headers });
  expect(answer.status).toBe(200);
  expectError(await call(api, 'GET', '/%76%31/groups'), [401, 'unauthorized'], '"Bearer"');
});

test.each([
  ['a header that is none', 'authorization SECRET', '400 Bad Request', 'invalid_request'],
  [
    'a header over 16 KiB',
    `x: SECRET${'x'.repeat(20_000)}`,
    '431 Request Header Fields Too Large',
    'headers_too_large',
  ],
])('%s under /v1 is refused in Connect’s shape, and not repeated', async (...refused) => {
  const [, header, status, code] = refused;
  const socket = dial(Number(new URL(api.url).port), '127.0.0.1');
  socket.write(`GET /v1/groups HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n`);
  const answer = await text(socket);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head.split('\r\n')[0]).toBe(`HTTP/1.1 ${status}`);
  const message = expect.any(String);
  expect(JSON.parse(body)).toEqual({
    timestamp: expect.stringMatching(ISO),
    message,
    error: message,
    app_error_code: code,
    trace_id: /x-request-id: (\S+)/.exec(head)?.[1],
  });
  expect(answer).not.toContain('SECRET');
});

const rateHeaders = ({ headers }: Answer<unknown>) =>
  [...headers.keys()].filter((name) => name.startsWith('x-rate-limit'));

test('whatever is wrong with a request, its answer says where the organization stands', async () => {
  const { key, scopedKey } = api.organization;
  const wanted = { name: 'Rated', external_reference_id: newId() };
  const once = { 'idempotency-key': newId() };
  const create = (options: object) => ask(api, 'POST', '/groups', { key, ...options });
  const answers = [
    await create({ json: wanted, headers: once }),
    await create({ json: {} }),
    await create({ headers: json, body: '{' }),
    await create({ json: wanted, key: scopedKey }),
    await ask(api, 'GET', `/groups/${group}`, { key }),
    await ask(api, 'GET', '/nothing', { key }),
    await create({ json: wanted }),
    await create({ headers: json, body: `"${'x'.repeat(1_048_576)}"` }),
    await create({ headers: { 'content-type': 'text/plain' }, body: 'x' }),
    await create({ json: { ...wanted, name: 'Else' }, headers: once }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([
    201, 400, 400, 403, 404, 404, 409, 413, 415, 422,
  ]);
  for (const answer of answers)
    expect([answer.status, rateHeaders(answer)]).toHaveProperty('1.length', 3);
  const told = answers.map(
    ({ headers }) =>
      `${headers.get('x-rate-limit-reset')} ${headers.get('x-rate-limit-remaining')}`,
  );
  // Each counted.
  expect(new Set(told).size).toBe(told.length);
});

/** The first answer that is refused: a new minute may start on the way, but not two. */
async function untilRefused(key: string, method = 'GET', path = '/groups') {
  for (let count = 0; count <= 2 * LIMIT; count += 1) {
    const answer = await ask(limited, method, path, { key });
    expect(answer.headers.get('x-rate-limit-limit')).toBe(String(LIMIT));
    if (answer.status === 429) return answer;
  }
  throw new Error('never refused');
}

test.each(OPERATIONS)(
  'over the limit %s %s is a 429 that says when to come back',
  async (...it) => {
    const answer = await untilRefused(limited.organization.key, ...it);
    expectError(answer, [429, 'rate_limited'], `${LIMIT} requests`);
    const { headers } = answer;
    expect(headers.get('x-rate-limit-remaining')).toBe('0');
    const seconds = Number(headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);
    // As clients take it: they wait for less than a minute, or as they like.
    expect(Number(headers.get('retry-after-ms'))).toBe(Math.min(seconds * 1_000, 59_999));
  },
);

test('a key and its tokens share one minute, on Connect and elsewhere', async () => {
  const { key } = limited.partner;
  const token = limited.context.accessTokens.issue(key);
  await waitFor('all of it within one minute', async () => {
    const refused = await untilRefused(token);
    const minute = refused.headers.get('x-rate-limit-reset');
    const others = [
      await ask(limited, 'GET', '/groups', { key }),
      await call(limited, 'GET', '/api/v1/websites', { key }),
    ];
    if (others.some(({ headers }) => headers.get('x-rate-limit-reset') !== minute)) return false;
    expect(others.map(({ status }) => status)).toEqual([429, 429]);
    return true;
  });
});

test('what took Postgres too long is a 503 that says when to try again, and is not stored', async () => {
  await sql`
    create function dawdle() returns trigger language plpgsql as
    $$ begin raise exception 'a secret of the database' using errcode = '57014'; end $$`.execute(
    api.db,
  );
  await sql`create trigger dawdle before insert on groups
    execute function dawdle()`.execute(api.db);
  const wanted = { name: 'Slow', external_reference_id: 'slow' };
  const headers = { 'idempotency-key': newId() };
  const { key } = api.organization;
  const send = () => ask(api, 'POST', '/groups', { key, json: wanted, headers });
  const failed = await send();
  expectError(failed, [503, 'unavailable'], 'try again');
  expect(failed.headers.get('retry-after')).toBe('5');
  expect(failed.headers.get('retry-after-ms')).toBe('5000');
  await sql`drop function dawdle() cascade`.execute(api.db);
  const done = await send();
  expect([done.status, done.headers.has('idempotent-replayed')]).toEqual([201, false]);
});

test('a fault of ours is a 500 that tells nothing of it', async () => {
  await sql`
    create function fail() returns trigger language plpgsql as
    $$ begin raise exception 'a secret of the database'; end $$`.execute(api.db);
  await sql`create trigger fail before insert on groups execute function fail()`.execute(api.db);
  const wanted = { name: 'Failed', external_reference_id: 'failed' };
  const failed = await ask(api, 'POST', '/groups', { key: api.organization.key, json: wanted });
  await sql`drop function fail() cascade`.execute(api.db);
  expectError(failed, [500, 'internal_error']);
  expect(JSON.stringify(failed.body)).not.toContain('secret');
});
