import { expect, test } from 'vitest';
import { retryHintMs } from './retry-hint.ts';

test('a wait named in seconds or minutes is understood, and bounded by an hour', () => {
  expect(retryHintMs('451 4.7.1 Try again in 300 seconds')).toBe(300_000);
  expect(retryHintMs('450 Greylisted for 5 minutes')).toBe(300_000);
  expect(retryHintMs('450 retry after 30s')).toBe(30_000);
  expect(retryHintMs('450 come back in 9999 minutes')).toBe(3_600_000);
});

test('a reply that names no wait has none', () => {
  expect(retryHintMs('450 4.2.0 mailbox busy')).toBeUndefined();
  expect(retryHintMs('450 in 0 seconds')).toBeUndefined();
  expect(retryHintMs('')).toBeUndefined();
});
