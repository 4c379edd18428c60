import { createHmac, timingSafeEqual } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { jobIdOf } from './check-jobs.ts';
import type { Evidence, ReceivedWebhook } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { DeliveryRow, EventRow, Facts } from './read-facts.ts';

type Report = Findings['report'];

/** How long after its signing a webhook may come: its process may have stood still meanwhile. */
const LATE_MS = 30_000;
const MOST_BYTES = 20_000;

/**
 * I7, as receivers see it: what arrives was meant for them, is signed with their secret, and is the same
 * in every copy; what counts as delivered did arrive, and nothing arrived more often than it was tried.
 */
export function checkWebhooks(evidence: Evidence, facts: Facts, { report }: Findings): void {
  const secrets = secretsByUrl(evidence, facts, report);
  const deliveries = deliveriesByCopy(facts);
  const copies = Map.groupBy(evidence.webhooks.received, copyOf);
  for (const [key, received] of copies) {
    const it = deliveries.get(key);
    if (!it) {
      report('I7', `${received.length} times ${key} came, which nobody has to get`);
      continue;
    }
    for (const one of received) {
      const fault = faultOf(one, it, secrets.get(one.url), evidence.stretch);
      if (fault !== undefined) report('I7', `${key}: ${fault}`);
    }
    if (new Set(received.map(({ body }) => body)).size > 1) {
      report('I7', `${key} came in ${received.length} copies that are not the same`);
    }
  }
  const attempts = Map.groupBy(facts.attempts, ({ delivery_id }) => delivery_id);
  for (const [key, { delivery }] of deliveries) {
    const log = attempts.get(delivery.id) ?? [];
    checkTold(key, delivery, copies.get(key) ?? [], log, report);
  }
}

const idOf = ({ headers }: ReceivedWebhook): string => String(headers['webhook-id']);
const copyOf = (webhook: ReceivedWebhook): string => `${webhook.url} ${idOf(webhook)}`;

interface Expected {
  delivery: DeliveryRow;
  event: EventRow;
}

function deliveriesByCopy(facts: Facts): Map<string, Expected> {
  const urls = new Map(facts.endpoints.map(({ id, url }) => [id, url]));
  const events = new Map(facts.events.map((event) => [event.id, event]));
  return new Map(
    facts.deliveries.flatMap((delivery) => {
      const event = events.get(delivery.event_id);
      const key = `${urls.get(delivery.endpoint_id)} ${delivery.event_id}`;
      return event ? [[key, { delivery, event }] as const] : [];
    }),
  );
}

/** A callback's secret is told once, in the answer that made its job; a client that lost it has none. */
function secretsByUrl(
  { webhooks, answers }: Evidence,
  { endpoints }: Facts,
  report: Report,
): Map<string, string> {
  const urls = new Map(endpoints.map(({ job_id, url }) => [job_id, url]));
  const secrets = new Map(webhooks.endpoints.map(({ url, secret }) => [url, secret]));
  for (const answer of answers) {
    const { callback_secret: secret } = (answer.body ?? {}) as { callback_secret?: string };
    if (secret === undefined) continue;
    const url = urls.get(jobIdOf(answer)[0] ?? '');
    if (url === undefined || secrets.has(url)) {
      report('I11', `a secret was told ${url === undefined ? 'of no job' : `twice, of ${url}`}`);
    } else secrets.set(url, secret);
  }
  return secrets;
}

function faultOf(
  { at, headers, body }: ReceivedWebhook,
  { delivery, event }: Expected,
  secret: string | undefined,
  stretch: number,
): string | undefined {
  const timestamp = String(headers['webhook-timestamp']);
  const age = at - Number(timestamp) * 1_000;
  if (!(age >= -1 && age <= LATE_MS * stretch)) return `it was signed ${age} ms ago`;
  const signed = { id: event.id, timestamp, signature: String(headers['webhook-signature']), body };
  if (secret !== undefined && !isSigned(signed, secret)) return 'its signature is not valid';
  if (headers['content-type'] !== 'application/json') return 'it is not called JSON';
  if (Buffer.byteLength(body) >= MOST_BYTES) return `it has ${body.length} characters`;
  const { type, timestamp: since, data, ...more } = JSON.parse(body) as Record<string, unknown>;
  const wanted = { ...event.data, sequence: delivery.sequence };
  const same = type === event.type && isDeepStrictEqual(data, wanted);
  if (!same || Number.isNaN(Date.parse(String(since))) || Object.keys(more).length > 0) {
    return `it says ${body}`;
  }
  return undefined;
}

/** By the words of Standard Webhooks: one of the `v1` signatures is the HMAC under the secret's bytes. */
function isSigned(
  { id, timestamp, signature, body }: Record<'id' | 'timestamp' | 'signature' | 'body', string>,
  secret: string,
): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const due = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  return signature.split(' ').some((one) => {
    const [version, encoded = ''] = one.split(',');
    const given = Buffer.from(encoded, 'base64');
    return version === 'v1' && given.length === due.length && timingSafeEqual(given, due);
  });
}

/** What the log says of its attempts is what happened at the receiver. */
function checkTold(
  key: string,
  { state }: DeliveryRow,
  copies: readonly ReceivedWebhook[],
  log: ReadonlyArray<{ status: number | null }>,
  report: Report,
): void {
  const answered = (status: number) => copies.filter((copy) => copy.answered === status).length;
  if (state === 'delivered' && answered(200) + answered(204) === 0) {
    report(
      'I7',
      `${key} is delivered, and was answered ${copies.map((one) => one.answered).join()}`,
    );
  }
  if (copies.length > log.length) {
    report('I7', `${key} came ${copies.length} times in ${log.length} attempts`);
  }
  for (const [status, attempts] of Map.groupBy(log, (attempt) => attempt.status)) {
    if (status !== null && attempts.length > answered(status)) {
      report(
        'I7',
        `${key} was answered ${status} ${answered(status)} times, not ${attempts.length}`,
      );
    }
  }
}
