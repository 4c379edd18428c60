import { createHash, randomBytes } from 'node:crypto';

const PREFIX_LENGTH = 12;

/** A fresh key: `usher_` and 32 random bytes. What may be stored of it is `prefix` and `hash`. */
export function newApiKey(): { key: string; prefix: string; hash: Buffer } {
  const key = `usher_${randomBytes(32).toString('base64url')}`;
  return { key, prefix: key.slice(0, PREFIX_LENGTH), hash: hashApiKey(key) };
}

/** SHA-256. A key is random already, so a slow hash would protect nothing and cost every request. */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
