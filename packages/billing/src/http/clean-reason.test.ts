import { expect, test } from 'vitest';
import { cleanReason } from './clean-reason.ts';

test('a reason is one line of at most 300 characters', () => {
  const reason = cleanReason(`one\r\ntwo\u0000\u2028three${'\u{1F4B6}'.repeat(400)}`, 'secret');
  expect(reason).toMatch(/^one two three/);
  expect(reason).not.toMatch(/\p{Cc}/u);
  expect(reason.length).toBeLessThanOrEqual(300);
  expect(reason.isWellFormed()).toBe(true);
});

test('no reason holds the key, nor a part of one, hidden or cut', () => {
  const key = 'sk_live_abcdefgh';
  expect(cleanReason(`wrong key ${key}.`, key)).toBe('wrong key [key].');
  expect(cleanReason('wrong key sk_li\u200Bve_abcdefgh', key)).toBe('wrong key [key]');
  expect(cleanReason('Invalid API Key provided: rk_test_****1234', key)).not.toContain('1234');
  expect(cleanReason(`${'x'.repeat(290)} ${key}`, key)).not.toContain('sk_live');
  expect(cleanReason('wrong key lago-key-1', 'lago-key-1')).toBe('wrong key [key]');
});
