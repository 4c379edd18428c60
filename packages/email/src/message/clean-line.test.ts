import { expect, test } from 'vitest';
import { cleanLine } from './clean-line.ts';

test('line ends and controls become spaces, at most one at a time', () => {
  expect(cleanLine('  a\r\n\tb\u0000\u0085\u2028\u2029c\u007f ')).toBe('a b c');
});

test('bidi controls and invisible characters are gone, joiners of scripts and emoji stay', () => {
  expect(cleanLine('a\u202egpj.exe\u202c\u2066\u2069\u200f\ufeff')).toBe('agpj.exe');
  expect(cleanLine('می‌خواهم 👩‍💻')).toBe('می‌خواهم 👩‍💻');
});

test('length is bounded in whole characters, and broken ones are mended', () => {
  expect(cleanLine('😀'.repeat(200), 10)).toBe(`${'😀'.repeat(9)}…`);
  expect(cleanLine('a'.repeat(10), 10)).toBe('a'.repeat(10));
  expect(cleanLine('x\ud800y')).toBe('x\ufffdy');
});
