import { createHmac } from 'node:crypto';
import { keyOf } from './secret.ts';

/**
 * The `webhook-signature` of a message: one `v1,<base64>` for each secret, separated by spaces.
 * `timestamp` in unix seconds.
 *
 * @throws an Error when there is no secret, or one that is malformed.
 */
export function sign(
  message: { id: string; timestamp: number; body: string },
  secrets: readonly string[],
): string {
  if (secrets.length === 0) throw new Error('A webhook cannot be signed without a secret');
  const { id, timestamp, body } = message;
  return secrets
    .map((secret) => `v1,${hmacOf(secret, id, String(timestamp), body).toString('base64')}`)
    .join(' ');
}

/** HMAC-SHA256 over `id.timestamp.body`. */
export function hmacOf(
  secret: string,
  id: string,
  timestamp: string,
  body: string | Buffer,
): Buffer {
  return createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest();
}
