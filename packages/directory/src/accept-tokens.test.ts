import { randomBytes } from 'node:crypto';
import { newId } from '@usher/db';
import { expect, test } from 'vitest';
import { createTokens } from './accept-tokens.ts';

const tokens = createTokens(randomBytes(32));

test('a signed token reads back as its invitation, and is safe in a link', () => {
  const id = newId();
  expect(tokens.read(tokens.sign(id))).toBe(id);
  expect(tokens.sign(id)).toBe(tokens.sign(id.toUpperCase()));
  expect(tokens.sign(id)).toMatch(/^[\w-]{22}\.[\w-]{43}$/);
});

test('a token changed in any one character reads as nothing', () => {
  const token = tokens.sign(newId());
  for (let at = 0; at < token.length; at += 1) {
    const other = token[at] === 'A' ? 'B' : 'A';
    expect(tokens.read(token.slice(0, at) + other + token.slice(at + 1))).toBeNull();
  }
});

test('tokens of another secret, foreign text and extra text read as nothing', () => {
  const token = tokens.sign(newId());
  const foreign = createTokens(randomBytes(32)).sign(newId());
  for (const bad of [
    foreign,
    '',
    '.',
    'x',
    `${token}=`,
    `${token}.`,
    ` ${token}`,
    'é'.repeat(66),
  ]) {
    expect(tokens.read(bad)).toBeNull();
  }
});
