import { createHmac } from 'node:crypto';
import { allWell, ORG } from './all-well.ts';
import type { Evidence, ReceivedWebhook } from './evidence.ts';
import type { DeliveryRow, EventRow, Facts } from './read-facts.ts';

export const URLS = {
  inOrder: 'http://receiver/endpoint/0',
  gone: 'http://receiver/endpoint/1',
  callback: 'http://receiver/callback/r1',
};
const JOB = 'job';
const keyOf = (name: string) => Buffer.from(name.padEnd(24, '.')).toString('base64');
export const secretOf = (name: string): string => `whsec_${keyOf(name)}`;
const TYPES = ['job.completed', 'job.target_failed', 'invitation.accepted', 'endpoint.disabled'];

/** A webhook as it should arrive, signed with the secret of that name. */
export function webhook(
  at: number,
  url: string,
  { id, body }: { id: string; body: string },
  secret: string,
): ReceivedWebhook {
  const timestamp = String(Math.floor(at / 1_000));
  const signature = createHmac('sha256', Buffer.from(keyOf(secret), 'base64'))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  return {
    at,
    url,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v0,x v1,AAAA v1,${signature}`,
    },
    body,
    answered: 204,
  };
}

export const bodyOf = ({ type, data }: EventRow, sequence: number): string =>
  JSON.stringify({ type, timestamp: '2026-01-01T00:00:00.000Z', data: { ...data, sequence } });

/**
 * A job of two targets, of which one fails, told to an endpoint that wants all in order, to one that is
 * gone by the first webhook, and to the job's callback; and its invitation is accepted.
 */
export function webhooksWell(): { evidence: Evidence; facts: Facts } {
  const { evidence, facts } = allWell();
  facts.jobs[0] = { ...facts.jobs[0]!, target_ids: ['site', 'nobody'], total: 2, failed: 1 };
  const failed = { code: 'not_found', message: 'Website not found', attempts: 1 };
  facts.outcomes.push({
    ...facts.outcomes[0]!,
    ...failed,
    position: 1,
    target_id: 'nobody',
    status: 'failed',
    detail: null,
  });
  facts.invitations[0]!.accepted = true;
  const endpoint = { org_id: ORG, job_id: null, event_types: TYPES, in_order: false };
  const serving = { last_sequence: 3, disabled: false, disablings: 0 };
  facts.endpoints = [
    { ...endpoint, id: 'e0', url: URLS.inOrder, in_order: true, ...serving, last_sequence: 4 },
    {
      ...endpoint,
      id: 'e1',
      url: URLS.gone,
      last_sequence: 1,
      disabled: true,
      disablings: 1,
    },
    {
      ...endpoint,
      ...serving,
      id: 'e2',
      job_id: JOB,
      url: URLS.callback,
      event_types: ['job.completed', 'job.canceled'],
      last_sequence: 1,
    },
  ];
  const counts = { total: 2, pending: 0, retrying: 0, succeeded: 1, failed: 1, canceled: 0 };
  const ofJob = { org_id: ORG, job_id: JOB, round: 1 };
  const ofNone = { org_id: ORG, job_id: null, round: null, position: null };
  facts.events = [
    {
      ...ofJob,
      id: 'failed',
      type: 'job.target_failed',
      position: 1,
      data: { job_id: JOB, target: { position: 1, website_id: 'nobody', ...failed } },
    },
    {
      ...ofJob,
      id: 'completed',
      type: 'job.completed',
      position: null,
      data: { job: { id: JOB, finished_at: '2026', counts } },
    },
    { ...ofNone, id: 'gone', type: 'endpoint.disabled', data: { endpoint_id: 'e1' } },
    {
      ...ofNone,
      id: 'accepted',
      type: 'invitation.accepted',
      data: { invitation_id: 'invitation' },
    },
  ];
  const deliver = (
    number: number,
    endpoint_id: string,
    event_id: string,
    state: DeliveryRow['state'],
    sequence: number | null,
  ): DeliveryRow => ({
    id: `d${number}`,
    org_id: ORG,
    endpoint_id,
    event_id,
    state,
    sequence,
    attempts: sequence === null ? 0 : 1,
  });
  facts.deliveries = [
    deliver(0, 'e0', 'failed', 'delivered', 1),
    deliver(1, 'e0', 'completed', 'delivered', 2),
    deliver(2, 'e0', 'gone', 'delivered', 3),
    deliver(3, 'e0', 'accepted', 'delivered', 4),
    deliver(4, 'e1', 'failed', 'disabled', 1),
    deliver(5, 'e1', 'completed', 'disabled', null),
    deliver(6, 'e1', 'gone', 'disabled', null),
    deliver(7, 'e1', 'accepted', 'disabled', null),
    deliver(8, 'e2', 'completed', 'delivered', 1),
  ];
  const dispatched = facts.deliveries.filter(({ sequence }) => sequence !== null);
  facts.attempts = dispatched.map(({ id, state }) => {
    const answer =
      state === 'delivered' ? { status: 204, code: 'delivered' } : { status: 410, code: 'gone' };
    return { delivery_id: id, number: 1, ...answer };
  });
  const urls = new Map(facts.endpoints.map(({ id, url }) => [id, url]));
  const events = new Map(facts.events.map((event) => [event.id, event]));
  evidence.webhooks.received = dispatched.map(({ endpoint_id, event_id, sequence, state }, n) => {
    const body = bodyOf(events.get(event_id)!, sequence!);
    const url = urls.get(endpoint_id)!;
    const one = webhook(10_000 + n * 100, url, { id: event_id, body }, endpoint_id);
    return { ...one, answered: state === 'delivered' ? 204 : 410 };
  });
  facts.deliveryChanges = dispatched.map(({ id, state, sequence }, n) => ({
    seq: n + 10,
    at: 0,
    xid: '0',
    process: 'worker-1#1',
    id,
    before: { state: 'pending', sequence, attempts: 0 },
    after: { state, sequence, attempts: 1 },
    committed_at: 10_050 + n * 100,
  }));
  evidence.asked[0]!.callback = URLS.callback;
  evidence.answers[0]!.body = { job: { id: JOB }, callback_secret: secretOf('e2') };
  evidence.webhooks.endpoints = facts.endpoints.slice(0, 2).map(({ id, url, in_order }) => ({
    id,
    url,
    orgId: ORG,
    secret: secretOf(id),
    eventTypes: TYPES,
    inOrder: in_order,
  }));
  return { evidence, facts };
}
