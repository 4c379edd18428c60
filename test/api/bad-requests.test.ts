import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const json = { 'content-type': 'application/json' };
const large = JSON.stringify({ url: 'x'.repeat(1_048_576) });

const CASES: [
  what: string,
  status: number,
  code: string,
  headers: Record<string, string>,
  body: string,
][] = [
  ['JSON that ends too soon', 400, 'invalid_json', json, '{"url": '],
  ['text that is no JSON', 400, 'invalid_json', json, 'url=x'],
  ['an empty body', 400, 'invalid_json', json, ''],
  ['a member called __proto__', 400, 'invalid_json', json, '{"__proto__": {"url": "x"}}'],
  [
    'a form',
    415,
    'unsupported_media_type',
    { 'content-type': 'application/x-www-form-urlencoded' },
    'url=x',
  ],
  ['XML', 415, 'unsupported_media_type', { 'content-type': 'application/xml' }, '<url>x</url>'],
  ['a content type that is none', 415, 'unsupported_media_type', { 'content-type': 'json' }, '{}'],
  ['a body over 1 MiB', 413, 'too_large', json, large],
];

const ATHENA = ['/api/v1/websites', '/api/v1/groups', '/api/v1/invites/bulk'];
const NATIVE = ['/api/v1/jobs', '/api/v1/invitations/accept'];

test.each(CASES)(
  '%s is a %i in each surface’s own shape',
  async (_, status, code, headers, body) => {
    const { key } = api.organization;
    for (const path of ATHENA) {
      const answer = await call(api, 'POST', path, { key, headers, body });
      expect([path, answer.status, answer.body]).toEqual([
        path,
        status,
        { error: expect.any(String) },
      ]);
    }
    for (const path of NATIVE) {
      const answer = await call(api, 'POST', path, { key, headers, body });
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.body).toMatchObject({ status, code, request_id: expect.any(String) });
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
  },
);

test('plain text is not taken for a body', async () => {
  const { key } = api.organization;
  const headers = { 'content-type': 'text/plain' };
  for (const path of ATHENA) {
    const { status, body } = await call(api, 'POST', path, { key, headers, body: '{}' });
    expect([path, status, body]).toEqual([path, 415, { error: expect.any(String) }]);
  }
});

test.each([
  ['GET', '/api/v1/nothing'],
  ['GET', '/api/v1'],
  ['PUT', '/api/v1/websites'],
  ['GET', '/api/v1/websites/x'],
  ['DELETE', '/api/v1/groups'],
  ['GET', '/api/v1/jobsx'],
  ['GET', '/'],
])('%s %s, which is no route, is a 404 in Athena’s shape', async (method, path) => {
  const { status, body } = await call(api, method, path);
  expect([status, body]).toEqual([404, { error: expect.stringContaining(`${method} ${path}`) }]);
});

test.each([
  ['PUT', '/api/v1/jobs'],
  ['GET', '/api/v1/jobs/x/nothing'],
  ['GET', '/api/v1/invitations/accept'],
  ['GET', '/api/v1/audit-log?secret=1'],
])('%s %s, which is no route, is a 404 problem', async (method, path) => {
  const { status, body, headers } = await call(api, method, path);
  expect(status).toBe(404);
  expect(body).toMatchObject({ status: 404, code: 'not_found' });
  expect(JSON.stringify(body)).not.toContain('secret');
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
});

test('a request id from the caller is kept if it is harmless, and replaced if not', async () => {
  const asked = (id: string) =>
    call(api, 'GET', '/api/v1/nothing', { headers: { 'x-request-id': id } });
  expect((await asked('trace-1.2_3')).headers.get('x-request-id')).toBe('trace-1.2_3');
  for (const bad of ['a b', '<script>', 'x'.repeat(101)]) {
    const kept = (await asked(bad)).headers.get('x-request-id');
    expect(kept).toMatch(/^[0-9a-f-]{36}$/);
  }
});
