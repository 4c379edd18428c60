import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + IV_BYTES + TAG_BYTES;

/** Encrypts the secrets of endpoints for storing. What is sealed for one endpoint opens for no other. */
export interface Sealer {
  seal(secret: string, endpointId: string): Buffer;
  /** @throws an Error if it was sealed under another key, for another endpoint, or was changed. */
  open(sealed: Buffer, endpointId: string): string;
}

/**
 * Seals by AES-256-GCM, under a key derived from `key` (SECRET_KEY, at least 32 bytes). Sealed is:
 * a version byte, the iv (12), the tag (16), the encrypted secret.
 */
export function createSealer(key: Buffer): Sealer {
  if (key.length < 32) throw new RangeError('The key must have at least 32 bytes');
  const bytes = hkdfSync('sha256', key, '', 'usher:webhook-secrets', 32);
  const derived = createSecretKey(Buffer.from(bytes));
  return {
    seal(secret, endpointId) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', derived, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(endpointId));
      const encrypted = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), iv, cipher.getAuthTag(), encrypted]);
    },
    open(sealed, endpointId) {
      try {
        return decrypt(derived, sealed, endpointId);
      } catch (error) {
        const message = 'A webhook secret cannot be opened: SECRET_KEY may have changed';
        throw new Error(message, { cause: error });
      }
    },
  };
}

function decrypt(key: KeyObject, sealed: Buffer, endpointId: string): string {
  if (sealed.length < HEAD_BYTES || sealed[0] !== VERSION) throw new Error('of no known version');
  const iv = sealed.subarray(1, 1 + IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(endpointId));
  decipher.setAuthTag(sealed.subarray(1 + IV_BYTES, HEAD_BYTES));
  const opened = Buffer.concat([decipher.update(sealed.subarray(HEAD_BYTES)), decipher.final()]);
  return opened.toString('utf8');
}
