import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { webhooks, WebhookVerificationError } from '../index.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const other = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
const payload = JSON.stringify({
  type: 'invitation.accepted',
  timestamp: '2026-03-01T09:30:00.000Z',
  data: { invitation_id: 'i', email: 'zoë@example.com', accepted: 2, sequence: 7 },
});

/** Signed by somebody else's library, as of `secondsAgo`. */
function sign(by = [secret], { id = 'evt_1', body = payload, secondsAgo = 0 } = {}) {
  const at = new Date(Date.now() - secondsAgo * 1_000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': by.map((each) => new Webhook(each).sign(id, at, body)).join(' '),
  };
}

async function reasonOf(verifying: Promise<unknown>): Promise<string> {
  const error = await verifying.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(WebhookVerificationError);
  return (error as WebhookVerificationError).reason;
}

const event = { ...(JSON.parse(payload) as object), id: 'evt_1' };

describe.each([
  ['text', payload],
  ['bytes', new TextEncoder().encode(payload)],
  ['a Buffer', Buffer.from(`..${payload}`).subarray(2)],
  ['an ArrayBuffer', new TextEncoder().encode(payload).buffer],
])('a body as %s', (_, body) => {
  test('is the event that was signed, with its id', async () => {
    expect(await webhooks.verify(body, sign(), secret)).toEqual(event);
  });
});

test('headers are taken as fetch and as Node show them, in any case', async () => {
  const headers = sign();
  expect(await webhooks.verify(payload, new Headers(headers), secret)).toEqual(event);
  const shouted = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]),
  );
  expect(await webhooks.verify(payload, shouted, secret)).toEqual(event);
});

test('one of several signatures and one of several secrets are enough, in any order', async () => {
  for (const signers of [[secret, other], [other, secret], [secret]]) {
    expect(await webhooks.verify(payload, sign(signers), secret)).toEqual(event);
  }
  expect(await webhooks.verify(payload, sign([secret]), [other, secret])).toEqual(event);
  const odd = { ...sign(), 'webhook-signature': `v1a,abc v1,?? ${sign()['webhook-signature']}` };
  expect(await webhooks.verify(payload, odd, secret)).toEqual(event);
});

test('another secret, or none of several, does not match', async () => {
  expect(await reasonOf(webhooks.verify(payload, sign(), other))).toBe('signature');
  const third = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  expect(await reasonOf(webhooks.verify(payload, sign(), [other, third]))).toBe('signature');
});

test('whatever is changed of what was signed, it does not match', async () => {
  const headers = sign();
  for (let index = 0; index < payload.length; index += 1) {
    const bytes = Buffer.from(payload);
    bytes.writeUInt8((bytes[index] as number) ^ 1, index);
    expect(await reasonOf(webhooks.verify(bytes, headers, secret))).toBe('signature');
  }
  for (const changed of [
    { 'webhook-id': 'evt_2' },
    { 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 1) },
    { 'webhook-signature': headers['webhook-signature'].replace('v1,', 'v2,') },
    { 'webhook-signature': 'v1,' },
  ]) {
    const verifying = webhooks.verify(payload, { ...headers, ...changed }, secret);
    expect(await reasonOf(verifying)).toBe('signature');
  }
  expect(await reasonOf(webhooks.verify('', headers, secret))).toBe('signature');
});

test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const)(
  'without one %s there is nothing to verify',
  async (name) => {
    const { [name]: value, ...rest } = sign();
    for (const headers of [rest, { ...rest, [name]: [] }, { ...rest, [name]: [value, value] }]) {
      expect(await reasonOf(webhooks.verify(payload, headers, secret))).toBe('headers');
    }
    expect(await reasonOf(webhooks.verify(payload, new Headers(rest), secret))).toBe('headers');
  },
);

test('a webhook is taken for five minutes before and after its time, or as long as one says', async () => {
  const at = (secondsAgo: number, toleranceSeconds?: number) =>
    webhooks.verify(payload, sign([secret], { secondsAgo }), secret, { toleranceSeconds });
  expect(await at(290)).toEqual(event);
  expect(await at(-290)).toEqual(event);
  expect(await reasonOf(at(310))).toBe('timestamp');
  expect(await reasonOf(at(-310))).toBe('timestamp');
  expect(await at(310, 600)).toEqual(event);
  expect(await reasonOf(at(20, 10))).toBe('timestamp');
  const odd = { ...sign(), 'webhook-timestamp': 'now' };
  expect(await reasonOf(webhooks.verify(payload, odd, secret))).toBe('headers');
});

test('a tolerance that is no number does not let everything through', async () => {
  const old = sign([secret], { secondsAgo: 1_000_000 });
  const options = { toleranceSeconds: Number('5m') };
  await expect(webhooks.verify(payload, old, secret, options)).rejects.toThrow(TypeError);
});

test.each([[JSON.parse(payload)], [undefined], [[]], [7]])(
  'a body that was parsed already, as %j, is a mistake of ours, not of the webhook',
  async (parsed) => {
    const verifying = webhooks.verify(parsed as string, sign(), secret);
    await expect(verifying).rejects.toThrow('as it came');
  },
);

test('a body that is signed, but no JSON, is refused', async () => {
  const headers = sign([secret], { body: 'hello' });
  expect(await reasonOf(webhooks.verify('hello', headers, secret))).toBe('body');
});

test.each([[''], ['whsec_'], ['whsec_???'], [undefined as unknown as string], [[]]])(
  'a secret that is none, as %j, is a mistake of ours, not of the webhook',
  async (wrong) => {
    await expect(webhooks.verify(payload, sign(), wrong)).rejects.toThrow(TypeError);
  },
);
