import { expect, test } from 'vitest';
import { shortJson } from './short-json.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

test('what is short stays as it is', () => {
  const look = { at: new Date(0), name: null, list: numbers(100), text: 'x'.repeat(2_048) };
  expect(shortJson(look)).toBe(JSON.stringify(look));
});

test('a long list, wherever it stands, ends with how many more there are', () => {
  const short = JSON.parse(shortJson({ ids: numbers(10_000), in: { it: numbers(101) } }));
  expect(short.ids).toEqual([...numbers(100), 'and 9900 more']);
  expect(short.in.it).toEqual([...numbers(100), 'and 1 more']);
});

test('a long text ends with how much more there is, and with no half of a character', () => {
  const { text } = JSON.parse(shortJson({ text: `x${'😀'.repeat(2_000)}` }));
  expect(text).toBe(`x${'😀'.repeat(1_023)}… and 1954 characters more`);
});

test('nothing is longer than 16,384 characters', () => {
  const look = { lists: Array(100).fill(Array(100).fill('x'.repeat(5_000))) };
  const { left_out: leftOut } = JSON.parse(shortJson(look));
  expect(leftOut).toMatch(/^[1-9]\d{6,} characters$/);
});
