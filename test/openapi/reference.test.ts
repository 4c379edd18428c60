import { SURFACES } from '@usher/contracts/operations';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

test.each(SURFACES)(
  '%s.json is served to everybody, and not again to who has it',
  async (surface) => {
    const path = `/openapi/${surface}.json`;
    const { status, headers, body } = await call<{ openapi: string }>(api, 'GET', path);
    expect(status).toBe(200);
    expect(body.openapi).toMatch(/^3\.1\./);
    const etag = headers.get('etag') ?? '';
    const again = await call(api, 'GET', path, { headers: { 'if-none-match': `"x", W/${etag}` } });
    expect(again).toMatchObject({ status: 304, body: '' });
    const any = await call(api, 'GET', path, { headers: { 'if-none-match': '*' } });
    expect(any.status).toBe(304);
    const other = await call(api, 'GET', path, { headers: { 'if-none-match': '"x"' } });
    expect(other.status).toBe(200);
  },
);

test('the reference may load nothing from elsewhere, and what it names is here', async () => {
  const { status, headers, body } = await call<string>(api, 'GET', '/docs');
  expect(status).toBe(200);
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; /);
  expect(policy).not.toMatch(/https?:|\*/);
  expect(body).not.toMatch(/https?:\/\//);
  const scripts = [...body.matchAll(/src="([^"]+)"/g)].map(([, path]) => path as string);
  expect(scripts).toHaveLength(2);
  for (const path of scripts) {
    const { status: found, headers: of } = await call(api, 'GET', path);
    expect([path, found, of.get('content-type')]).toEqual([
      path,
      200,
      'text/javascript; charset=utf-8',
    ]);
  }
  const { body: start } = await call<string>(api, 'GET', '/docs/start.js');
  const documents = new Set([...start.matchAll(/url: '([^']+)'/g)].map(([, path]) => path));
  expect(documents).toEqual(new Set(SURFACES.map((surface) => `/openapi/${surface}.json`)));
});

test('the script is the same for clients that take no gzip', async () => {
  const url = `${api.url}/docs/scalar.js`;
  const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  const compressed = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
  expect(compressed.headers.get('content-encoding')).toBe('gzip');
  const text = await plain.text();
  expect(text).toContain('createApiReference');
  // fetch has undone it already.
  expect(await compressed.text()).toBe(text);
});
