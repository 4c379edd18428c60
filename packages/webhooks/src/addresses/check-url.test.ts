import { expect, test } from 'vitest';
import { resolving } from '../testing/resolving.ts';
import { checkUrl } from './check-url.ts';

const PUBLIC = '93.184.215.14';
const lookup = resolving({
  'hooks.example.com': [[PUBLIC, '2606:4700:4700::1111']],
  'inside.example.com': [['10.1.2.3']],
  'silent.example.com': ['never'],
});
const guarded = { allowPrivate: false, lookup };

test.each([
  ['https://hooks.example.com', 'https://hooks.example.com/'],
  ['HTTPS://Hooks.Example.COM:443/a?b=c#d', 'https://hooks.example.com/a?b=c'],
  ['https://hooks.example.com:8443/a b', 'https://hooks.example.com:8443/a%20b'],
  [`https://${PUBLIC}/`, `https://${PUBLIC}/`],
  ['https://[2606:4700:4700::1111]/', 'https://[2606:4700:4700::1111]/'],
  ['https://unknown.example.com/', 'https://unknown.example.com/'],
])('%s is accepted, and stored as %s', async (url, stored) => {
  expect(await checkUrl(url, guarded)).toEqual({ url: stored });
});

test.each([
  ['http://hooks.example.com/', 'must be an https address'],
  ['ftp://hooks.example.com/', 'must be an https address'],
  ['file:///etc/passwd', 'must be an https address'],
  ['data:text/plain,x', 'must be an https address'],
  ['javascript:alert(1)', 'must be an https address'],
  ['hooks.example.com', 'must be a URL'],
  ['', 'must be a URL'],
  ['https://', 'must be a URL'],
  ['https://?a', 'must be a URL'],
  ['https://hooks.example.com:99999/', 'must be a URL'],
  ['https://[fe80::1%25eth0]/', 'must be a URL'],
  ['https://user@hooks.example.com/', 'must not contain a user name or password'],
  ['https://:secret@hooks.example.com/', 'must not contain a user name or password'],
  [`https://hooks.example.com/${'a'.repeat(2_048)}`, 'must have at most 2048 characters'],
  [`https://hooks.example.com/${'é'.repeat(1_000)}`, 'must have at most 2048 characters'],
  ['https://inside.example.com/', 'must be a public address'],
])('%s is refused: %s', async (url, refusal) => {
  expect(await checkUrl(url, guarded)).toEqual({ refusal });
});

test('a refusal is the same for a literal and a name: it says nothing of what the name resolves to', async () => {
  const refusal = 'must be a public address';
  expect(await checkUrl('https://10.1.2.3/', guarded)).toEqual({ refusal });
  expect(await checkUrl('https://inside.example.com/', guarded)).toEqual({ refusal });
});

test('a resolver that does not answer is waited for 2 s, then the dial is to judge', async () => {
  const start = performance.now();
  expect(await checkUrl('https://silent.example.com/', guarded)).toHaveProperty('url');
  expect(performance.now() - start).toBeGreaterThan(1_900);
});

test('in development http and private addresses are accepted, other schemes never', async () => {
  const open = { allowPrivate: true, lookup };
  for (const url of ['http://localhost:3000/', 'http://[::1]/', 'https://inside.example.com/']) {
    expect(await checkUrl(url, open)).toEqual({ url });
  }
  const refusal = 'must be an http or https address';
  expect(await checkUrl('ftp://localhost/', open)).toEqual({ refusal });
});
