import { timingSafeEqual } from 'node:crypto';
import { hmacOf } from './sign.ts';

/** A message that is not proven to be what it claims; its message says why. */
export class WebhookVerificationError extends Error {
  override name = 'WebhookVerificationError';
}

/**
 * Verifies a webhook that was received, by Standard Webhooks, and parses it. `body` must be as it came
 * over the wire. Any one of several signatures may match; those of other versions are ignored.
 *
 * @param options `toleranceSeconds`: how far the timestamp may be from `now`, 300 by default.
 * @throws WebhookVerificationError that says what is wrong; an Error if the secret is malformed.
 */
export function verifyWebhook(
  secret: string,
  headers: Record<string, string | string[] | undefined>,
  body: string | Buffer,
  options: { toleranceSeconds?: number; now?: Date } = {},
): unknown {
  const { toleranceSeconds = 300, now = new Date() } = options;
  const id = readHeader(headers, 'webhook-id');
  const timestamp = readHeader(headers, 'webhook-timestamp');
  const signatures = readHeader(headers, 'webhook-signature');
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError('webhook-timestamp must be a number of seconds');
  }
  const ageSeconds = Math.floor(now.getTime() / 1000) - Number(timestamp);
  if (ageSeconds > toleranceSeconds) throw new WebhookVerificationError('The message is too old');
  if (-ageSeconds > toleranceSeconds) {
    throw new WebhookVerificationError('The message is from the future: compare the clocks');
  }
  const expected = Buffer.from(hmacOf(secret, id, timestamp, body).toString('base64'));
  const matches = signatures
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => Buffer.from(signature.slice('v1,'.length)))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
  if (!matches) {
    throw new WebhookVerificationError('No signature matches: another secret, or a changed body');
  }
  return parse(body);
}

function readHeader(headers: Record<string, string | string[] | undefined>, name: string): string {
  const values = Object.entries(headers)
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, value]) => value ?? []);
  const [value] = values;
  if (!value) throw new WebhookVerificationError(`The header ${name} is missing`);
  if (values.length > 1) throw new WebhookVerificationError(`The header ${name} is there twice`);
  return value;
}

function parse(body: string | Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new WebhookVerificationError('The body is signed, but not JSON', { cause: error });
  }
}
