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

const ATHENA = ['/api/v1/websites', '/api/v1/groups', '/api/v1/invites/bulk', '/api/v1/invites'];
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
async function sendRaw(bytes: string | Buffer) {
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

/** Each surface's base, and what its error bodies look like. */
const SURFACES: [base: string, shape: object][] = [
  ['/api/v1', { error: expect.any(String) }],
  ['/api/v1/jobs', expect.objectContaining({ code: expect.any(String), type: 'about:blank' })],
  ['/v1', expect.objectContaining({ app_error_code: expect.any(String) })],
  ['/openapi/v1', { status: expect.any(Number), message: expect.any(String) }],
];

test.each(SURFACES)(
  'under %s JSON that is not UTF-8 is a 400 in its shape',
  async (base, shape) => {
    const path = base === '/api/v1/jobs' ? base : `${base}/groups`;
    const { key } = api.organization;
    // Read leniently, it would name another group than was meant.
    const body = Buffer.from('{"name": "Caf\xe9", "external_reference_id": "caf\xe9"}', 'latin1');
    const head = [
      `POST ${path} HTTP/1.1`,
      'host: x',
      'connection: close',
      `x-api-key: ${key}`,
      `authorization: Bearer ${key}`,
      'content-type: application/json',
      `content-length: ${body.length}`,
    ];
    const answer = await sendRaw(
      Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]),
    );
    expect(answer.statusLine).toBe('HTTP/1.1 400 Bad Request');
    expect(JSON.parse(answer.body)).toEqual(shape);
    expect(answer.body).toContain('UTF-8');
  },
);

test.each(SURFACES)(
  'under %s HTTP/1.1 without a host is a 400 in its shape',
  async (base, shape) => {
    const answer = await sendRaw(`GET ${base}/x HTTP/1.1\r\nconnection: close\r\n\r\n`);
    expect(answer.statusLine).toBe('HTTP/1.1 400 Bad Request');
    expect(JSON.parse(answer.body)).toEqual(shape);
  },
);

test.each(SURFACES)(
  'under %s what is expected beyond HTTP is not heeded, and answered as it would be without',
  async (base, shape) => {
    const answer = await sendRaw(
      `GET ${base}/no/route HTTP/1.1\r\nhost: x\r\nexpect: a-miracle\r\nconnection: close\r\n\r\n`,
    );
    expect(answer.statusLine).toBe('HTTP/1.1 404 Not Found');
    expect(JSON.parse(answer.body)).toEqual(shape);
  },
);

test.each(SURFACES)(
  'what is no route under %s is answered in its shape, and counted, also by a whole URL or needlessly encoded',
  async (base, shape) => {
    const encoded = base.replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
    const { key } = api.organization;
    for (const url of [`http://x${base}/no/route`, `${encoded}/no/route`]) {
      const answer = await sendRaw(
        `GET ${url} HTTP/1.1\r\nhost: x\r\nx-api-key: ${key}\r\nauthorization: Bearer ${key}\r\nconnection: close\r\n\r\n`,
      );
      expect([url, answer.statusLine]).toEqual([url, 'HTTP/1.1 404 Not Found']);
      expect([url, JSON.parse(answer.body)]).toEqual([url, shape]);
      const rate = [...answer.headers.keys()].filter((name) => /^x-rate-?limit-/.test(name));
      expect([url, rate.length]).toEqual([url, 3]);
    }
  },
);

test('a compressed body is a 415 that says so, not taken for bad JSON', async () => {
  const answer = await call<{ error: string }>(api, 'POST', '/api/v1/websites', {
    key: api.organization.key,
    json: { url: 'zipped.example' },
    headers: { 'content-encoding': 'gzip' },
  });
  expect([answer.status, answer.body.error]).toEqual([415, 'The body must not be compressed']);
});
