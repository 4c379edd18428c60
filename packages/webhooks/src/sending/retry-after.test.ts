import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const now = Date.UTC(2026, 0, 5, 12, 0, 0);

test.each([
  ['7', 7_000],
  ['0', 0],
  [' 30 ', 30_000],
  ['86401', 86_400_000],
  ['99999999999999999999999', 86_400_000],
  ['9'.repeat(400), 86_400_000],
  ['Mon, 05 Jan 2026 12:00:20 GMT', 20_000],
  ['Mon, 05 Jan 2026 11:00:00 GMT', 0],
  ['Wed, 07 Jan 2026 12:00:00 GMT', 86_400_000],
  ['-5', undefined],
  ['1.5', undefined],
  ['', undefined],
  ['soon', undefined],
  ['2026-01-05T12:00:20Z', undefined],
  ['Mon, 99 Foo 2026 12:00:20 GMT', undefined],
  [['7', '8'], undefined],
  [undefined, undefined],
])('Retry-After %j is %j ms', (value, expected) => {
  expect(retryAfterMs(value, now)).toBe(expected);
});
