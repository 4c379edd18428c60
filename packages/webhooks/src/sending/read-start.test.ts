import { expect, test } from 'vitest';
import { readStart } from './read-start.ts';

test('what cannot be stored or shown is replaced, line ends and tabs stay', () => {
  expect(readStart(Buffer.from('a\0b\r\nc\td\x1b[31m\x85\n'))).toBe(
    'a\uFFFDb\nc\td\uFFFD[31m\uFFFD\n',
  );
  expect(readStart(Buffer.from([0x61, 0xff, 0xc3, 0x62]))).toBe('a\uFFFD\uFFFDb');
});

test('a character that is cut in two at the end is left out', () => {
  const bytes = Buffer.from('aé🎉');
  expect(readStart(bytes)).toBe('aé🎉');
  for (const cut of [4, 5, 6]) expect(readStart(bytes.subarray(0, cut))).toBe('aé');
  expect(readStart(bytes.subarray(0, 2))).toBe('a');
});
