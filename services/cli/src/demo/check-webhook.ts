import { setTimeout as delay } from 'node:timers/promises';
import type { DeliveryResource, JobResource } from '@usher/contracts';
import { verifyWebhook, WebhookVerificationError } from '@usher/webhooks';
import { printQuote } from './print-quote.ts';
import type { Stage } from './stage.ts';
import type { ReceivedWebhook } from './start-receiver.ts';

/** The headers that a receiver verifies by. */
const HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
const SHOWN_SIGNATURE = 24;
const LINE = /.{1,96}/gs;

interface Told {
  type: string;
  data: { job: Pick<JobResource, 'id' | 'counts'>; sequence: number };
}

/** A job's end is told to its callback: signed, once, and as the API shows the job. */
export async function checkWebhook(stage: Stage, job: JobResource, secret: string): Promise<void> {
  const { checks, receiver, signal } = stage;
  const webhook = await receiver.waitForFirst(signal);
  checks.require('a webhook arrives at its callback_url', webhook !== undefined);
  if (!webhook) return;
  showWebhook(webhook);

  const verified = verify(secret, webhook);
  checks.require('signature verified', 'told' in verified, verified);
  const changed = webhook.body.toString().replace('job.completed', 'job.canceled');
  const forged = verify(secret, { ...webhook, body: Buffer.from(changed) });
  checks.expect('with one word of its body changed it is refused', 'refusal' in forged, forged);
  if (!('told' in verified)) return;

  const { type, data } = verified.told;
  checks.expect(
    'it says job.completed, with the id and the counts of the job',
    type === 'job.completed' &&
      data.job.id === job.id &&
      JSON.stringify(data.job.counts) === JSON.stringify(job.counts),
    verified.told,
  );
  checks.expect('its sequence is 1: the first to this callback', data.sequence === 1, data);
  await checkOnce(stage, job, webhook);
}

/** Once the log says that it is delivered, nothing of it is left that could come again. */
async function checkOnce(stage: Stage, job: JobResource, webhook: ReceivedWebhook): Promise<void> {
  const { checks, receiver } = stage;
  const deliveries = await deliveriesOf(stage, job);
  const [delivery] = deliveries;
  checks.expect(
    'the delivery log has it as delivered, at the first attempt',
    deliveries.length === 1 &&
      delivery?.state === 'delivered' &&
      delivery.attempts === 1 &&
      delivery.event_id === webhook.headers['webhook-id'],
    deliveries,
  );
  const { length } = receiver.received;
  checks.expect('exactly one webhook arrived', length === 1, length);
}

/** The receiver may have it a moment before the worker has recorded that it was taken. */
async function deliveriesOf({ api, signal }: Stage, job: JobResource): Promise<DeliveryResource[]> {
  for (let tries = 0; ; tries += 1) {
    const { body } = await api.call<{ deliveries: DeliveryResource[] }>(
      `GET /api/v1/deliveries?job_id=${job.id}`,
    );
    const ended = body.deliveries.every(({ ended_at }) => ended_at !== null);
    if (ended || tries >= 50) return body.deliveries;
    await delay(100, undefined, { signal });
  }
}

/** As a customer would, with the secret from the answer that accepted the job. */
function verify(
  secret: string,
  { headers, body }: ReceivedWebhook,
): { told: Told } | { refusal: string } {
  try {
    return { told: verifyWebhook(secret, headers, body) as Told };
  } catch (error) {
    if (error instanceof WebhookVerificationError) return { refusal: error.message };
    throw error;
  }
}

/** As its receiver got it; of the signature the beginning is enough. */
function showWebhook({ headers, body }: ReceivedWebhook): void {
  const lines = HEADERS.map((name) => {
    const value = String(headers[name]);
    const long = name === 'webhook-signature' && value.length > SHOWN_SIGNATURE;
    return `${name}: ${long ? `${value.slice(0, SHOWN_SIGNATURE)}…` : value}`;
  });
  printQuote([...lines, '', ...(body.toString().match(LINE) ?? [])]);
}
