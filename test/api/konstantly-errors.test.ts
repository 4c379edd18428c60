import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { createApiKey } from '@usher/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';
import { waitFor } from '../support/wait-for.ts';
import { api, ask, create } from './use-konstantly.ts';

let limited: TestApi;
beforeAll(async () => {
  limited = await startTestApi({ RATE_LIMIT_PER_MINUTE: '1' });
});
afterAll(() => limited.close());

const OPERATIONS = [
  ['GET', '/groups'],
  ['GET', '/groups/1'],
  ['POST', '/groups'],
  ['PATCH', '/groups/1'],
  ['DELETE', '/groups/1'],
  ['GET', '/group-attributes'],
  ['POST', '/group-attributes'],
  ['DELETE', '/group-attributes/1'],
  ['POST', '/users/1/groups'],
  ['POST', '/invites'],
] as const;
const WRITES = OPERATIONS.filter(([method]) => method !== 'GET');
const BODIES = OPERATIONS.filter(([method]) => method === 'POST' || method === 'PATCH');
const error = (status: number) => [status, { status, message: expect.any(String) }];

test.each(OPERATIONS)('%s %s without a valid key is a 401', async (method, path) => {
  for (const key of ['', 'usher_nobody']) {
    const { status, body, headers } = await ask(method, path, { key });
    expect([status, body]).toEqual(error(401));
    expect(headers.get('x-ratelimit-limit')).toBeNull();
  }
});

test.each(OPERATIONS)('%s %s with a key for single websites is a 403', async (method, path) => {
  const { status, body } = await ask(method, path, { key: api.organization.scopedKey });
  expect([status, body]).toEqual(error(403));
});

test.each(WRITES)('%s %s with a key that may only read is a 403', async (method, path) => {
  const { key } = await createApiKey(api.db, { orgId: api.organization.id, readOnly: true });
  const { status, body } = await ask(method, path, { key });
  expect([status, body]).toEqual(error(403));
});

test('a key that may only read reads all there is to read', async () => {
  const { key } = await createApiKey(api.db, { orgId: api.organization.id, readOnly: true });
  const { id } = (await create()).body;
  for (const path of ['/groups', `/groups/${id}`, '/group-attributes']) {
    expect((await ask('GET', path, { key })).status).toBe(200);
  }
});

const json = { 'content-type': 'application/json' };
test.each<[what: string, status: number, headers: Record<string, string>, body: string]>([
  ['bad JSON', 400, json, '{"name": '],
  ['XML', 415, { 'content-type': 'application/xml' }, '<name/>'],
  ['a body over 1 MiB', 413, json, JSON.stringify({ name: 'x'.repeat(1_048_576) })],
])('%s is a %i in its own shape', async (_, status, headers, body) => {
  for (const [method, path] of BODIES) {
    const answer = await ask(method, path, { headers, body });
    expect([path, answer.status, answer.body]).toEqual([path, ...error(status)]);
  }
});

test.each([
  ['GET', '/nothing', 404],
  ['PUT', '/groups', 404],
  ['GET', '/groups/%zz', 400],
])(
  '%s %s, which is no route, is answered in its own shape and counted',
  async (method, path, status) => {
    const answer = await ask(method, path);
    expect([answer.status, answer.body]).toEqual(error(status));
    expect(answer.headers.get('x-ratelimit-limit')).toBe('1000000');
  },
);

test('its headers tell of the rate limit, on errors as well, and Athena’s do not', async () => {
  for (const path of ['/groups', '/groups/x']) {
    const { headers } = await ask('GET', path);
    expect(headers.get('x-ratelimit-limit')).toBe('1000000');
    expect(Number(headers.get('x-ratelimit-remaining'))).toBeLessThan(1_000_000);
    expect(Number(headers.get('x-ratelimit-reset')) * 1_000).toBeGreaterThan(Date.now() - 60_000);
    expect(headers.get('x-rate-limit-limit')).toBeNull();
  }
});

test('past the limit it is a 429 that says when to come back', async () => {
  const { key } = limited.organization;
  const refused = await waitFor('one minute holds two requests', async () => {
    const answer = await call(limited, 'GET', '/openapi/v1/groups', { key });
    return answer.status === 429 && answer;
  });
  expect(refused.body).toEqual({ status: 429, message: expect.any(String) });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
});

test('what is no HTTP under its path is refused in its own shape', async () => {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  socket.write('GET /openapi/v1/groups HTTP/1.1\r\nhost: x\r\nno header\r\n\r\n');
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 400 /);
  expect(JSON.parse(body)).toEqual({ status: 400, message: expect.any(String) });
});
