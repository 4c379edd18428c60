import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
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

test.each([...ATHENA, ...NATIVE])('%s with an empty body says what is missing', async (path) => {
  const { status, body } = await call<{ error?: string; detail?: string }>(api, 'POST', path, {
    key: api.organization.key,
    headers: json,
    body: '',
  });
  expect([status, body.error ?? body.detail]).toEqual([400, expect.stringContaining('Validation')]);
});

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
  ['PUT', '/api/v1/invitations/accept'],
  ['POST', '/api/v1/audit-log?secret=1'],
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

test.each([
  ['/api/v1/%zz', false],
  ['/api/v1/groups/%E0%A4%A', false],
  ['/%', false],
  ['/api/v1/jobs/%zz?token=%zz', true],
])('%s, which cannot be decoded, is a 400 that does not repeat it', async (path, native) => {
  const headers = { 'x-request-id': 'trace-1' };
  const answer = await call<{ error?: string; detail?: string }>(api, 'GET', path, { headers });
  expect(answer.status).toBe(400);
  expect(answer.headers.get('x-request-id')).toBe('trace-1');
  const message = 'The path is not valid percent-encoded UTF-8';
  expect(answer.body).toEqual(
    native
      ? expect.objectContaining({ code: 'invalid_request', detail: message, request_id: 'trace-1' })
      : { error: message },
  );
});

/** What comes back for bytes that are sent as they are. */
async function sendRaw(bytes: string) {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  socket.write(bytes);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  const [statusLine, ...fields] = head.split('\r\n');
  const headers = new Headers(fields.map((field) => field.split(': ') as [string, string]));
  return { statusLine, headers, body };
}

test.each([
  ['what is no HTTP', 'HELLO SECRET\r\n\r\n', '400 Bad Request'],
  [
    'a header that is none',
    'GET / HTTP/1.1\r\nhost: x\r\nx-api-key SECRET\r\n\r\n',
    '400 Bad Request',
  ],
  [
    'headers over 16 KiB',
    `GET / HTTP/1.1\r\nhost: x\r\nx: SECRET${'x'.repeat(20_000)}\r\n\r\n`,
    '431 Request Header Fields Too Large',
  ],
  [
    'a URL over 16 KiB',
    `GET /SECRET${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    '431 Request Header Fields Too Large',
  ],
])('%s is refused in Athena’s shape, and not repeated', async (_, bytes, status) => {
  const answer = await sendRaw(bytes);
  expect(answer.statusLine).toBe(`HTTP/1.1 ${status}`);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(answer.headers.get('connection')).toBe('close');
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(JSON.parse(answer.body)).toEqual({ error: expect.any(String) });
  expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(answer.body)));
  expect(answer.body).not.toContain('SECRET');
});
