import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSealer } from './seal.ts';
import { createSecret } from './secret.ts';

const key = randomBytes(32);
const sealer = createSealer(key);
const secret = createSecret();

test('a sealed secret is opened by whoever has the key, for the same endpoint', () => {
  const sealed = sealer.seal(secret, 'endpoint-1');
  expect(createSealer(Buffer.from(key)).open(sealed, 'endpoint-1')).toBe(secret);
  expect(sealed.includes(secret.slice(6))).toBe(false);
  expect(sealer.seal(secret, 'endpoint-1').equals(sealed)).toBe(false);
});

test('another key, another endpoint or a changed byte open nothing, and the error says what to check', () => {
  const sealed = sealer.seal(secret, 'endpoint-1');
  const says = /SECRET_KEY may have changed/;
  expect(() => createSealer(randomBytes(32)).open(sealed, 'endpoint-1')).toThrow(says);
  expect(() => sealer.open(sealed, 'endpoint-2')).toThrow(says);
  expect(() => sealer.open(Buffer.alloc(0), 'endpoint-1')).toThrow(says);
  expect(() => sealer.open(sealed.subarray(0, 20), 'endpoint-1')).toThrow(says);
  for (const index of sealed.keys()) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
    expect(() => sealer.open(changed, 'endpoint-1')).toThrow(says);
  }
});

test('a key that is too short is refused', () => {
  expect(() => createSealer(Buffer.alloc(16))).toThrow(RangeError);
});
