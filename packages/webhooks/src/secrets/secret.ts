import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

/** A new signing secret, as Standard Webhooks writes it: `whsec_` and 32 random bytes in base64. */
export function createSecret(): string {
  return PREFIX + randomBytes(32).toString('base64');
}

/** The key that a secret stands for, the prefix being optional. @throws an Error without the secret. */
export function keyOf(secret: string): KeyObject {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  const key = Buffer.from(text, 'base64');
  // Buffer.from skips what is not base64, and would make a weak key of a mangled secret.
  const whole = key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  if (key.length === 0 || !whole) {
    throw new Error('A webhook secret must be whsec_ followed by base64');
  }
  return createSecretKey(key);
}
