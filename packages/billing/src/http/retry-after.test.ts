import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const now = Date.UTC(2026, 0, 5, 12, 0, 0);

test.each([
  ['7', 7_000],
  ['0', 0],
  [' 30 ', 30_000],
  ['86400', 3_600_000],
  ['99999999999999999999999', 3_600_000],
  ['Mon, 05 Jan 2026 12:00:20 GMT', 20_000],
  ['Mon, 05 Jan 2026 11:00:00 GMT', 0],
  ['Tue, 06 Jan 2026 12:00:00 GMT', 3_600_000],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['2026-01-05T12:00:20Z', undefined],
  ['Mon, 99 Foo 2026 12:00:20 GMT', undefined],
])('Retry-After %j is %j ms', (value, expected) => {
  expect(retryAfterMs(503, new Headers({ 'retry-after': value }), now)).toBe(expected);
});

test('without it, a 429 waits for the rate limit to be reset', () => {
  const headers = new Headers({ 'x-ratelimit-reset': '12' });
  expect(retryAfterMs(429, headers, now)).toBe(12_000);
  expect(retryAfterMs(503, headers, now)).toBeUndefined();
});
