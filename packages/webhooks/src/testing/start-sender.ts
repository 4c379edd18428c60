import { randomBytes, randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { AddressPolicy } from '../addresses/address-policy.ts';
import { createSealer } from '../secrets/seal.ts';
import { createSecret } from '../secrets/secret.ts';
import { createWebhookSender } from '../sending/create-webhook-sender.ts';

const never = new AbortController().signal;

/** A sender, closed with the test, and one endpoint's secret. Private addresses are allowed. */
export function startSender(options: Partial<AddressPolicy> & { timeoutMs?: number } = {}) {
  const sealer = createSealer(randomBytes(32));
  const sender = createWebhookSender({ allowPrivate: true, ...options, sealer });
  onTestFinished(() => sender.close());
  const endpointId = randomUUID();
  const secret = createSecret();
  const webhook = {
    eventId: randomUUID(),
    endpointId,
    body: JSON.stringify({ type: 'job.completed', data: { name: 'Zoë' } }),
    sealedSecrets: [sealer.seal(secret, endpointId)],
  };
  const send = (url: string, signal = never) => sender.prepare({ ...webhook, url })(signal);
  return { sender, sealer, secret, webhook, send };
}
