import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { createSecret } from './secret.ts';
import { sign } from './sign.ts';
import { verifyWebhook, WebhookVerificationError } from './verify-webhook.ts';

// The vector that the specification's reference libraries are tested with.
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  message: {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1614265330,
    body: '{"test": 2432232314}',
  },
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

const body = '{"name":"Zoë 🎉"}';
const now = () => Math.floor(Date.now() / 1000);

function signed(secrets: string[], timestamp = now()) {
  return {
    'webhook-id': 'evt',
    'webhook-timestamp': String(timestamp),
    'webhook-signature': sign({ id: 'evt', timestamp, body }, secrets),
  };
}

test("the specification's vector is signed and verified as it says", () => {
  const { secret, message, signature } = VECTOR;
  expect(sign(message, [secret])).toBe(signature);
  const headers = {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestamp),
    'webhook-signature': signature,
  };
  const at = { now: new Date(message.timestamp * 1000) };
  expect(verifyWebhook(secret, headers, message.body, at)).toEqual({ test: 2432232314 });
  expect(verifyWebhook(secret.slice(6), headers, message.body, at)).toEqual({ test: 2432232314 });
});

test('what we sign, with one secret or two, the package standardwebhooks verifies', () => {
  const secrets = [createSecret(), createSecret()];
  for (const secret of secrets) {
    expect(new Webhook(secret).verify(body, signed(secrets))).toEqual(JSON.parse(body));
  }
  expect(() => new Webhook(createSecret()).verify(body, signed(secrets))).toThrow(/signature/);
});

test('what the package standardwebhooks signs, we verify, as text and as bytes', () => {
  const secret = createSecret();
  const headers = {
    'webhook-id': 'evt',
    'Webhook-Timestamp': String(now()),
    'webhook-signature': [
      'v2,abc v1a,def v1,Zm9v ' + new Webhook(secret).sign('evt', new Date(), body),
    ],
  };
  expect(verifyWebhook(secret, headers, body)).toEqual(JSON.parse(body));
  expect(verifyWebhook(secret, headers, Buffer.from(body))).toEqual(JSON.parse(body));
});

test('secrets are whsec_ and 32 bytes, and never the same', () => {
  const secrets = Array.from({ length: 100 }, createSecret);
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) {
    expect(secret).toMatch(/^whsec_/);
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
  }
});

test('nothing is signed without a secret, or with a mangled one, which the error does not show', () => {
  const message = { id: 'evt', timestamp: 1, body };
  expect(() => sign(message, [])).toThrow(/without a secret/);
  for (const secret of ['', 'whsec_', 'whsec_not base64!', 'whsk_MfKQ9r8GKYqrTw']) {
    expect(() => sign(message, [secret])).toThrow(/^A webhook secret must be whsec_ followed by/);
  }
});

const secret = createSecret();
const good = signed([secret]);

test.each([
  ['a missing id', { ...good, 'webhook-id': undefined }, /webhook-id is missing/],
  ['a missing timestamp', { ...good, 'webhook-timestamp': '' }, /webhook-timestamp is missing/],
  ['a missing signature', { ...good, 'webhook-signature': undefined }, /signature is missing/],
  ['two ids', { ...good, 'webhook-id': ['evt', 'evt'] }, /webhook-id is there twice/],
  ['a timestamp that is none', { ...good, 'webhook-timestamp': '1e9' }, /number of seconds/],
  ['an old timestamp', signed([secret], now() - 310), /too old/],
  ['a future timestamp', signed([secret], now() + 310), /from the future/],
  [
    'another timestamp',
    { ...good, 'webhook-timestamp': String(now() - 9) },
    /No signature matches/,
  ],
  ['another id', { ...good, 'webhook-id': 'other' }, /No signature matches/],
  ['another secret', signed([createSecret()]), /No signature matches/],
  ['an empty signature', { ...good, 'webhook-signature': 'v1,' }, /No signature matches/],
  [
    'a part of the signature',
    { ...good, 'webhook-signature': good['webhook-signature'].slice(0, -2) },
    /No signature matches/,
  ],
  [
    'the signature under another version',
    { ...good, 'webhook-signature': good['webhook-signature'].replace('v1,', 'v2,') },
    /No signature matches/,
  ],
])('%s is refused, and the error says so', (_, headers, says) => {
  const verify = () => verifyWebhook(secret, headers, body);
  expect(verify).toThrow(WebhookVerificationError);
  expect(verify).toThrow(says);
});

test('a changed body is refused, and so is one that is signed but no JSON', () => {
  expect(() => verifyWebhook(secret, good, `${body} `)).toThrow(/No signature matches/);
  const text = 'not json';
  const signature = sign({ id: 'evt', timestamp: now(), body: text }, [secret]);
  const headers = { ...signed([secret]), 'webhook-signature': signature };
  expect(() => verifyWebhook(secret, headers, text)).toThrow(/not JSON/);
});

test('how far the clocks may be apart is for the caller to say', () => {
  const old = signed([secret], now() - 500);
  expect(verifyWebhook(secret, old, body, { toleranceSeconds: 600 })).toEqual(JSON.parse(body));
});
