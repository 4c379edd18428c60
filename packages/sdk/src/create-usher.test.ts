import { expect, test } from 'vitest';
import { createUsher } from './index.ts';
import { answer, startFakeServer } from './testing/fake-server.ts';

test.each([
  { apiKey: '' },
  { apiKey: undefined as unknown as string },
  { apiKey: 'line\nbreak' },
  { baseUrl: '' },
  { baseUrl: undefined as unknown as string },
  { baseUrl: 'usher.example.com' },
  { baseUrl: 'ftp://usher.example.com' },
  { baseUrl: 'https://usher.example.com/?x=1' },
  { baseUrl: 'https://usher.example.com:99999' },
  { baseUrl: 'https://usher example.com' },
  { baseUrl: 'https://name:password@usher.example.com' },
])('a client with %j is refused when it is made, not when it is used', (wrong) => {
  const right = { apiKey: 'key', baseUrl: 'https://usher.example.com' };
  expect(() => createUsher(right)).not.toThrow();
  expect(() => createUsher({ ...right, ...wrong })).toThrow(TypeError);
});

test('a password in the address is never shown', () => {
  const baseUrl = 'https://name:password@usher.example.com';
  expect(() => createUsher({ apiKey: 'key', baseUrl })).toThrow(/^(?!.*password@)/);
});

test('the API may be below a path, with or without a slash at its end', async () => {
  const server = await startFakeServer(answer(200, { websites: [] }));
  await server.client({ baseUrl: `${server.url}/usher/` }).websites.list();
  await server.client({ baseUrl: `${server.url}/usher` }).websites.list();
  expect(server.requests.map(({ url }) => url)).toEqual(Array(2).fill('/usher/api/v1/websites'));
});

test("a fetch of one's own is called as a function, as some platforms require", async () => {
  const seen: unknown[] = [];
  const usher = createUsher({
    apiKey: 'key',
    baseUrl: 'https://usher.example.com',
    fetch(this: unknown, url) {
      seen.push(this, url);
      return Promise.resolve(Response.json({ websites: [] }));
    },
  });
  await usher.websites.list();
  expect(seen).toEqual([undefined, 'https://usher.example.com/api/v1/websites']);
});

test('a key that no header may hold is refused, and never shown', async () => {
  const server = await startFakeServer(answer(200));
  const call = server.client().groups.update('g', { name: 'N' }, { idempotencyKey: 'a\nb' });
  await expect(call).rejects.toThrow(TypeError);
  expect(server.requests).toHaveLength(0);
});
