import { createHmac, timingSafeEqual } from 'node:crypto';
import { hashApiKey } from './api-key-hash.ts';

/** How long an access token is good for. */
export const ACCESS_TOKEN_SECONDS = 900;

const PREFIX = 'usher_at_';
const EXPIRY_BYTES = 6;
const PAYLOAD_BYTES = EXPIRY_BYTES + 32;

/** Tokens that stand for an API key for a while. Nothing stores them: they end with time, or their key. */
export interface AccessTokens {
  issue(key: string): string;
  /** The SHA-256 of the token's key; null for a token that is over, or that this secret did not sign. */
  read(token: string): Buffer | null;
}

/** Whether it is a token rather than a key: no key has a dot in it. */
export const isAccessToken = (credential: string): boolean =>
  credential.startsWith(PREFIX) && credential.includes('.');

/**
 * A token is the time of its end (unix milliseconds, 6 bytes) with its key's hash, and an HMAC-SHA256
 * over them, both base64url, with a dot between. A hash of a key opens nothing by itself.
 */
export function createAccessTokens(secret: Buffer, now: () => number = Date.now): AccessTokens {
  const sign = (payload: Buffer) => {
    const text = payload.toString('base64url');
    const mac = createHmac('sha256', secret).update(`usher:access:${text}`).digest();
    return `${PREFIX}${text}.${mac.toString('base64url')}`;
  };
  return {
    issue(key) {
      const expiry = Buffer.alloc(EXPIRY_BYTES);
      expiry.writeUIntBE(now() + ACCESS_TOKEN_SECONDS * 1_000, 0, EXPIRY_BYTES);
      return sign(Buffer.concat([expiry, hashApiKey(key)]));
    },
    read(token) {
      const text = token.slice(PREFIX.length).split('.', 1)[0] as string;
      const payload = Buffer.from(text, 'base64url');
      if (payload.length !== PAYLOAD_BYTES) return null;
      // The whole token is compared, so that it has exactly one spelling.
      const expected = Buffer.from(sign(payload));
      const given = Buffer.from(token);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
      if (payload.readUIntBE(0, EXPIRY_BYTES) <= now()) return null;
      return payload.subarray(EXPIRY_BYTES);
    },
  };
}
