import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { createSealer } from '../secrets/seal.ts';
import { createSecret } from '../secrets/secret.ts';
import { startReceiver } from '../testing/start-receiver.ts';
import { startSender } from '../testing/start-sender.ts';

test('a webhook arrives as Standard Webhooks has it, and any receiver can verify it', async () => {
  const receiver = await startReceiver();
  const { send, secret, webhook } = startSender();
  const result = await send(`http://127.0.0.1:${receiver.port}/a%20b?c=d&e#f`);
  expect(result).toEqual({
    code: 'delivered',
    status: 200,
    message: null,
    response: 'thanks',
    durationMs: expect.any(Number),
  });
  const [{ headers, path, body } = { headers: {}, path: '', body: '' }] = receiver.received;
  expect(path).toBe('/a%20b?c=d&e');
  expect(body).toBe(webhook.body);
  expect(headers).toMatchObject({
    host: `127.0.0.1:${receiver.port}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(webhook.body)),
    'accept-encoding': 'identity',
    'user-agent': 'Usher-Webhooks/1',
    'webhook-id': webhook.eventId,
  });
  const asReceived = headers as Record<string, string>;
  expect(new Webhook(secret).verify(body, asReceived)).toEqual(JSON.parse(webhook.body));
});

test('while a secret is rotated, the old and the new one verify', async () => {
  const receiver = await startReceiver();
  const { sender, sealer, webhook, secret } = startSender();
  const newer = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const sealedSecrets = [...webhook.sealedSecrets, sealer.seal(newer, webhook.endpointId)];
  const url = `http://127.0.0.1:${receiver.port}`;
  await sender.prepare({ ...webhook, url, sealedSecrets })(new AbortController().signal);
  const { headers, body } = receiver.received[0] ?? { headers: {}, body: '' };
  for (const one of [secret, newer]) {
    expect(new Webhook(one).verify(body, headers as Record<string, string>)).toBeTruthy();
  }
});

test.each([
  [200, 'delivered', null],
  [204, 'delivered', null],
  [299, 'delivered', null],
  [300, 'redirected', 'HTTP 300: redirects are not followed'],
  [304, 'redirected', 'HTTP 304: redirects are not followed'],
  [400, 'refused', 'HTTP 400'],
  [404, 'refused', 'HTTP 404'],
  [410, 'gone', 'HTTP 410'],
  [429, 'refused', 'HTTP 429'],
  [500, 'refused', 'HTTP 500'],
  [599, 'refused', 'HTTP 599'],
])('status %i is %s', async (status, code, message) => {
  const receiver = await startReceiver((response) => response.writeHead(status).end());
  const result = await startSender().send(`http://127.0.0.1:${receiver.port}`);
  expect(result).toMatchObject({ code, status, message, response: '' });
  expect(result).not.toHaveProperty('retryAfterMs');
});

test.each([
  [503, '120', { retryAfterMs: 120_000 }],
  [302, '5', { retryAfterMs: 5_000 }],
  [503, '999999', { retryAfterMs: 86_400_000 }],
])('Retry-After with status %i and %s is read', async (status, value, expected) => {
  const receiver = await startReceiver((response) => {
    response.writeHead(status, { 'retry-after': value }).end();
  });
  const result = await startSender().send(`http://127.0.0.1:${receiver.port}`);
  expect(result).toMatchObject(expected);
});

test.each([
  [200, '120'],
  [503, 'whenever'],
])('Retry-After with status %i and %s is ignored', async (status, value) => {
  const receiver = await startReceiver((response) => {
    response.writeHead(status, { 'retry-after': value }).end();
  });
  const result = await startSender().send(`http://127.0.0.1:${receiver.port}`);
  expect(result).not.toHaveProperty('retryAfterMs');
});

test('a redirect is never followed, not even where private addresses are allowed', async () => {
  const target = await startReceiver();
  const receiver = await startReceiver((response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${target.port}/` }).end();
  });
  const result = await startSender().send(`http://127.0.0.1:${receiver.port}`);
  expect(result).toMatchObject({ code: 'redirected', status: 307 });
  expect(receiver.accepted()).toBe(1);
  expect(target.accepted()).toBe(0);
});

test('an answer that was read to its end leaves its connection for the next webhook', async () => {
  const receiver = await startReceiver();
  const { send, sender } = startSender();
  for (let count = 0; count < 10; count += 1) await send(`http://127.0.0.1:${receiver.port}`);
  expect(receiver.received).toHaveLength(10);
  // undici frees a connection a moment after its answer: a second one takes turns with it.
  expect(receiver.accepted()).toBeLessThanOrEqual(2);
  await sender.close();
  await waitFor('the connection is closed', () => receiver.open() === 0);
  const after = await send(`http://127.0.0.1:${receiver.port}`);
  expect(after).toMatchObject({ code: 'interrupted', status: null });
});

test('a secret that cannot be opened, and none at all, are our fault: nothing is sent', async () => {
  const receiver = await startReceiver();
  const { sender, webhook } = startSender();
  const url = `http://127.0.0.1:${receiver.port}`;
  const other = { ...webhook, url, endpointId: 'another' };
  expect(() => sender.prepare(other)).toThrow(/SECRET_KEY may have changed/);
  const unsigned = { ...webhook, url, sealedSecrets: [] };
  expect(() => sender.prepare(unsigned)).toThrow(/without a secret/);
  expect(receiver.accepted()).toBe(0);
});

test('secrets from before a change of SECRET_KEY do not keep a rotated one from signing', async () => {
  const receiver = await startReceiver();
  const { sender, sealer, webhook } = startSender();
  const rotated = createSecret();
  const sealedSecrets = [
    sealer.seal(rotated, webhook.endpointId),
    createSealer(randomBytes(32)).seal(createSecret(), webhook.endpointId),
  ];
  const url = `http://127.0.0.1:${receiver.port}`;
  await sender.prepare({ ...webhook, url, sealedSecrets })(new AbortController().signal);
  const { headers, body } = receiver.received[0] ?? { headers: {}, body: '' };
  const asReceived = headers as Record<string, string>;
  expect(new Webhook(rotated).verify(body, asReceived)).toBeTruthy();
  expect(asReceived['webhook-signature']).toMatch(/^v1,\S+$/);
});
