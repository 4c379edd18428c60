import { expect, test } from 'vitest';
import { addressOf } from './address-of.ts';

test.each([
  ['127.0.0.1', 'http://127.0.0.1:80'],
  ['localhost', 'http://localhost:80'],
  ['::1', 'http://[::1]:80'],
])('a server that listens on %s is at %s', (host, url) => {
  expect(addressOf(host, 80)).toBe(url);
  expect(URL.canParse(url)).toBe(true);
});
