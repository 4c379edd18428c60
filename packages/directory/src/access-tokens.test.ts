import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { ACCESS_TOKEN_SECONDS, createAccessTokens, isAccessToken } from './access-tokens.ts';
import { hashApiKey, newApiKey } from './api-key-hash.ts';

const START = Date.parse('2026-03-01T09:30:00Z');
const secret = randomBytes(32);
const at = (ms: number) => createAccessTokens(secret, () => START + ms);

test('a token stands for its key until its time is over, and not a moment longer', () => {
  const { key, hash } = newApiKey();
  const token = at(0).issue(key);
  expect(at(0).read(token)).toEqual(hash);
  expect(at(ACCESS_TOKEN_SECONDS * 1_000 - 1).read(token)).toEqual(hash);
  expect(at(ACCESS_TOKEN_SECONDS * 1_000).read(token)).toBeNull();
});

test('a token is told from a key, and holds nothing that a key could be made of', () => {
  const { key } = newApiKey();
  const token = at(0).issue(key);
  expect(token).toMatch(/^usher_at_[\w-]{51}\.[\w-]{43}$/);
  expect([isAccessToken(token), isAccessToken(key)]).toEqual([true, false]);
  expect(isAccessToken(key.replace('usher_', 'usher_at_'))).toBe(false);
  expect(token).not.toContain(key.slice('usher_'.length));
});

test('a token changed in any one character reads as nothing', () => {
  const token = at(0).issue(newApiKey().key);
  for (let place = 0; place < token.length; place += 1) {
    const other = token[place] === 'A' ? 'B' : 'A';
    expect(at(0).read(token.slice(0, place) + other + token.slice(place + 1))).toBeNull();
  }
});

test('tokens of another secret, other text and extra text read as nothing', () => {
  const { key } = newApiKey();
  const token = at(0).issue(key);
  const foreign = createAccessTokens(randomBytes(32), () => START).issue(key);
  const cut = token.slice(0, -1);
  const hash = `usher_at_${hashApiKey(key).toString('base64url')}.x`;
  for (const bad of [foreign, '', '.', 'usher_at_.', `${token}=`, `${token}.`, cut, hash]) {
    expect(at(0).read(bad)).toBeNull();
  }
});
