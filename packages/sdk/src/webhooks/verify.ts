import type { WebhookEvent } from './events.ts';
import { WebhookVerificationError } from './verification-error.ts';

export interface VerifyOptions {
  /** How far the time of sending may be from now; 300. */
  toleranceSeconds?: number | undefined;
}

/** The headers of a request, as fetch or as Node shows them. */
export type WebhookHeaders = Headers | Record<string, string | string[] | undefined>;

const TOLERANCE_S = 300;
const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/**
 * The event of a webhook, if it was sent by who knows the secret, and just now (Standard Webhooks).
 *
 * @param payload the body exactly as it came, before anything parses it.
 * @param secrets what may have signed it: `whsec_…`, several while they are being changed.
 * @throws WebhookVerificationError, whose `reason` says what is wrong; TypeError for a secret or a body that is none.
 */
export async function verify(
  payload: string | Uint8Array | ArrayBuffer,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  { toleranceSeconds = TOLERANCE_S }: VerifyOptions = {},
): Promise<WebhookEvent> {
  const keys = await Promise.all([secrets].flat().map(importSecret));
  if (keys.length === 0) throw new TypeError('A webhook cannot be verified without a secret');
  const id = readHeader(headers, 'webhook-id');
  const timestamp = readHeader(headers, 'webhook-timestamp');
  const signatures = readHeader(headers, 'webhook-signature').split(' ').flatMap(readSignature);
  checkTime(timestamp, toleranceSeconds);
  const body = bytesOf(payload);
  const signed = join(encode(`${id}.${timestamp}.`), body);
  const matches = await Promise.all(
    keys.flatMap((key) =>
      // Compares in constant time.
      signatures.map((signature) => crypto.subtle.verify('HMAC', key, signature, signed)),
    ),
  );
  if (!matches.includes(true)) {
    throw new WebhookVerificationError(
      'signature',
      'No signature matches: another secret, or a changed body',
    );
  }
  return { ...parse(body), id };
}

async function importSecret(secret: string) {
  const bytes = decodeBase64(String(secret).replace(/^whsec_/, ''));
  if (typeof secret !== 'string' || !bytes?.length) {
    throw new TypeError('A webhook secret is whsec_ and base64');
  }
  return crypto.subtle.importKey('raw', bytes, HMAC, false, ['verify']);
}

function readHeader(headers: WebhookHeaders, name: string): string {
  const value =
    typeof headers.get === 'function' ? (headers as Headers).get(name) : findHeader(headers, name);
  if (value) return value;
  throw new WebhookVerificationError('headers', `The header ${name} is missing`);
}

function findHeader(headers: object, name: string): string | undefined {
  const values = Object.entries(headers)
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, value]) => value as string | string[] | undefined);
  // Two of them are as good as none: which one would be meant?
  return values.length === 1 ? values[0] : undefined;
}

/** Those of other versions are for others. */
function readSignature(signature: string): Uint8Array<ArrayBuffer>[] {
  if (!signature.startsWith('v1,')) return [];
  const bytes = decodeBase64(signature.slice('v1,'.length));
  return bytes ? [bytes] : [];
}

function checkTime(timestamp: string, toleranceSeconds: number): void {
  // Nothing is older than NaN.
  if (Number.isNaN(toleranceSeconds)) throw new TypeError('toleranceSeconds must be a number');
  const age = Math.floor(Date.now() / 1_000) - Number(timestamp);
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError('headers', 'webhook-timestamp must be a number of seconds');
  }
  if (age > toleranceSeconds) {
    throw new WebhookVerificationError('timestamp', 'The webhook is too old');
  }
  if (-age > toleranceSeconds) {
    throw new WebhookVerificationError(
      'timestamp',
      'The webhook is from the future: compare the clocks',
    );
  }
}

function parse(body: Uint8Array): WebhookEvent {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as WebhookEvent;
  } catch (error) {
    throw new WebhookVerificationError('body', 'The body is signed, but not JSON', {
      cause: error,
    });
  }
}

/** What was parsed and written again is seldom what was signed. */
function bytesOf(payload: string | Uint8Array | ArrayBuffer): Uint8Array {
  if (typeof payload === 'string') return encode(payload);
  if (ArrayBuffer.isView(payload)) {
    return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
  }
  // Of whichever realm it is.
  if (Object.prototype.toString.call(payload) === '[object ArrayBuffer]')
    return new Uint8Array(payload);
  throw new TypeError('A webhook is verified by its body as it came: text or bytes, not an object');
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

function join(start: Uint8Array, end: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(start.length + end.length);
  whole.set(start);
  whole.set(end, start.length);
  return whole;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    // Not base64.
    return undefined;
  }
}
