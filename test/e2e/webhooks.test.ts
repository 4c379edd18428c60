import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSystem, type System, type Tenant } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  drip,
  hang,
  redirectTo,
  startWebhookReceiver,
  type Behaviour,
  type ReceivedWebhook,
  type WebhookReceiver,
} from '../support/webhook-receiver.ts';

let system: System;
let receiver: WebhookReceiver;
const lines: string[] = [];
beforeAll(async () => {
  receiver = await startWebhookReceiver();
  system = await startSystem({
    workers: 2,
    environment: {
      WEBHOOK_ALLOW_PRIVATE: 'true',
      WEBHOOK_SCHEDULE: '0s,50ms,100ms,100ms,100ms,100ms,200ms,200ms',
      LOG_LEVEL: 'trace',
    },
    onLine: (line) => lines.push(line),
  });
});
afterAll(async () => {
  await system.close();
  await receiver.close();
});

let paths = 0;

/** A tenant of its own with one endpoint, which answers as told. */
async function anEndpoint(behaviour: Behaviour = 204, more: object = {}, of?: Tenant) {
  const tenant = of ?? (await system.createTenant(5));
  const path = `/${(paths += 1)}`;
  receiver.answer(path, behaviour);
  const { status, body } = await system.call('POST', '/api/v1/webhook-endpoints', {
    key: tenant.key,
    body: { url: `${receiver.url}${path}`, ...more },
  });
  expect(status).toBe(201);
  const { id, secret } = body as { id: string; secret: string };
  const call = (method: string, rest = '', sent?: object) =>
    system.call(method, `/api/v1/webhook-endpoints/${id}${rest}`, { key: tenant.key, body: sent });
  const received = () => receiver.at(path);
  const deliveries = async (query = '') => {
    const found = await system.call('GET', `/api/v1/deliveries?endpoint_id=${id}${query}`, {
      key: tenant.key,
    });
    return found.body.deliveries as Array<{ id: string; state: string; sequence: number }>;
  };
  return { id, secret, path, tenant, call, received, deliveries };
}

async function aJob(tenant: Tenant, more: object = {}) {
  const { status, body } = await system.call('POST', '/api/v1/jobs', {
    key: tenant.key,
    body: {
      kind: 'bulk-invite',
      invite_method: 'direct',
      email: `${crypto.randomUUID()}@example.com`,
      website_ids: tenant.websiteIds.slice(0, 2),
      ...more,
    },
  });
  expect(status).toBe(202);
  return body as { job: { id: string }; callback_secret?: string };
}

/** Throws what the reference library thinks of it. */
const verify = (secret: string, { body, headers }: ReceivedWebhook) =>
  new Webhook(secret).verify(body, headers as Record<string, string>) as {
    type: string;
    // Tests read what they expect; a wrong guess fails the assertion that follows.
    // oxlint-disable-next-line typescript/no-explicit-any
    data: any;
  };

const until = (what: string, condition: () => boolean | Promise<boolean>) =>
  waitFor(what, async () => (await condition()) || undefined);

test('a job that ends is told to the endpoint, signed so that the reference library agrees', async () => {
  const endpoint = await anEndpoint();
  const { job } = await aJob(endpoint.tenant);
  await until('it arrives', () => endpoint.received().length > 0);
  const [webhook] = endpoint.received() as [ReceivedWebhook];
  const event = verify(endpoint.secret, webhook);
  expect(event).toMatchObject({
    type: 'job.completed',
    data: {
      sequence: 1,
      job: { id: job.id, state: 'succeeded', counts: { total: 2, succeeded: 2, pending: 0 } },
    },
  });
  const changed = { ...webhook, body: webhook.body.replace('succeeded', 'suceeded') };
  expect(() => verify(endpoint.secret, changed)).toThrow();
  expect(webhook.headers['content-type']).toBe('application/json');
  await until(
    'it is recorded',
    async () => (await endpoint.deliveries())[0]?.state === 'delivered',
  );
  const [delivery] = await endpoint.deliveries();
  const { body } = await system.call('GET', `/api/v1/deliveries/${delivery!.id}`, {
    key: endpoint.tenant.key,
  });
  expect(body).toMatchObject({
    event_id: webhook.headers['webhook-id'],
    event_type: 'job.completed',
    job_id: job.id,
    sequence: 1,
    body: webhook.body,
    log: [{ number: 1, status: 204, code: 'delivered' }],
  });
});

test('a job’s own callback_url gets its end alone, under a secret that only its answer shows', async () => {
  const tenant = await system.createTenant(5);
  const path = '/callback';
  await aJob(tenant);
  const { job, callback_secret } = await aJob(tenant, { callback_url: `${receiver.url}${path}` });
  expect(callback_secret).toMatch(/^whsec_/);
  await until('it arrives', () => receiver.at(path).length > 0);
  const { type, data } = verify(callback_secret!, receiver.at(path)[0]!);
  expect([type, data.job.id, data.sequence]).toEqual(['job.completed', job.id, 1]);
  const shown = await system.call('GET', `/api/v1/jobs/${job.id}`, { key: tenant.key });
  expect(JSON.stringify(shown.body)).not.toContain('whsec_');
  const listed = await system.call('GET', '/api/v1/webhook-endpoints', { key: tenant.key });
  expect(listed.body.webhook_endpoints).toEqual([]);
  expect(receiver.at(path)).toHaveLength(1);
});

test('a request repeated under its key makes one job, one callback, and shows its secret once', async () => {
  const tenant = await system.createTenant(5);
  const request = () =>
    system.call('POST', '/api/v1/jobs', {
      key: tenant.key,
      headers: { 'idempotency-key': 'once' },
      body: {
        kind: 'bulk-invite',
        invite_method: 'direct',
        email: 'once@example.com',
        website_ids: tenant.websiteIds,
        callback_url: `${receiver.url}/once`,
      },
    });
  const [first, second] = [await request(), await request()];
  expect(first.body.callback_secret).toMatch(/^whsec_/);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect(second.body).not.toHaveProperty('callback_secret');
  await until('it arrives', () => receiver.at('/once').length > 0);
  expect(receiver.at('/once')).toHaveLength(1);
});

test('failed targets are told one by one, to those alone who asked for them', async () => {
  const endpoint = await anEndpoint(204, { event_types: ['job.target_failed', 'job.completed'] });
  const quiet = await anEndpoint(204, {}, endpoint.tenant);
  const unknown = [crypto.randomUUID(), crypto.randomUUID()];
  const { job } = await aJob(endpoint.tenant, {
    website_ids: [unknown[0], endpoint.tenant.websiteIds[0], unknown[1]],
  });
  await until(
    'all arrive',
    () => endpoint.received().length === 3 && quiet.received().length === 1,
  );
  const events = endpoint.received().map((webhook) => verify(endpoint.secret, webhook));
  const failed = events.filter(({ type }) => type === 'job.target_failed');
  expect(new Set(failed.map(({ data }) => data.target.website_id))).toEqual(new Set(unknown));
  expect(failed).toHaveLength(2);
  expect(failed[0]?.data).toMatchObject({
    job_id: job.id,
    target: { status: 'failed', code: 'not_found' },
  });
  expect(quiet.received().map((webhook) => verify(quiet.secret, webhook).type)).toEqual([
    'job.completed',
  ]);
});

test('an invitation that is accepted is told', async () => {
  const endpoint = await anEndpoint(204, { event_types: ['invitation.accepted'] });
  const email = `${crypto.randomUUID()}@example.com`;
  await aJob(endpoint.tenant, { invite_method: 'email', email });
  await until('the email is there', () => system.mail.to(email).length > 0);
  const token = /token=([\w.-]+)/.exec(system.mail.to(email)[0]!.text)![1];
  const accepted = await system.call('POST', '/api/v1/invitations/accept', {
    key: null,
    body: { token },
  });
  expect(accepted.status).toBe(200);
  await until('it arrives', () => endpoint.received().length > 0);
  const { type, data } = verify(endpoint.secret, endpoint.received()[0]!);
  expect(type).toBe('invitation.accepted');
  expect(data).toMatchObject({ email, accepted: 2, sequence: 1 });
});

test('a failure is tried again on the schedule, under the same id and with the same body', async () => {
  let failures = 0;
  const endpoint = await anEndpoint((response) => {
    failures += 1;
    response.writeHead(failures <= 3 ? 500 : 200).end('no luck');
  });
  await aJob(endpoint.tenant);
  await until(
    'it is delivered',
    async () => (await endpoint.deliveries())[0]?.state === 'delivered',
  );
  const received = endpoint.received();
  expect(received).toHaveLength(4);
  expect(
    new Set(received.map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`)).size,
  ).toBe(1);
  for (const webhook of received) verify(endpoint.secret, webhook);
  const [delivery] = await endpoint.deliveries();
  const { body } = await system.call('GET', `/api/v1/deliveries/${delivery!.id}`, {
    key: endpoint.tenant.key,
  });
  expect(body.log.map((each: { status: number }) => each.status)).toEqual([500, 500, 500, 200]);
  expect(body.log[0]).toMatchObject({ code: 'refused', response: 'no luck' });
});

test('a redirect is never followed, and the schedule’s end exhausts the delivery; a replay sends it again', async () => {
  const endpoint = await anEndpoint(redirectTo(`${receiver.url}/secret-place`));
  await aJob(endpoint.tenant);
  await until(
    'it is given up',
    async () => (await endpoint.deliveries())[0]?.state === 'exhausted',
  );
  expect(receiver.at('/secret-place')).toEqual([]);
  expect(endpoint.received()).toHaveLength(8);
  receiver.answer(endpoint.path, 204);
  const [delivery] = await endpoint.deliveries();
  const replay = await system.call('POST', `/api/v1/deliveries/${delivery!.id}/replay`, {
    key: endpoint.tenant.key,
  });
  expect(replay.status).toBe(202);
  await until(
    'it is delivered',
    async () => (await endpoint.deliveries())[0]?.state === 'delivered',
  );
  const ids = new Set(endpoint.received().map(({ headers }) => headers['webhook-id']));
  expect(ids.size).toBe(1);
});

test('410 disables the endpoint; its contact is told; enabled and recovered, it gets all it missed', async () => {
  const tenant = await system.createTenant(5);
  await system.db
    .updateTable('organizations')
    .set({ contact_email: `contact-${tenant.id}@example.com` })
    .where('id', '=', tenant.id)
    .execute();
  const endpoint = await anEndpoint(410, {}, tenant);
  await aJob(tenant);
  await until('it is disabled', async () => !(await endpoint.call('GET')).body.enabled);
  expect((await endpoint.call('GET')).body.disabled_reason).toBe('it answered 410 Gone');
  const missed = [await aJob(tenant), await aJob(tenant)].map(({ job }) => job.id);
  const contact = `contact-${tenant.id}@example.com`;
  await until('the contact is told', () => system.mail.to(contact).length > 0);
  expect(system.mail.to(contact)[0]!.text).toContain(`${receiver.url}${endpoint.path}`);
  await until(
    'both are noted',
    async () => (await endpoint.deliveries('&state=disabled')).length >= 3,
  );
  expect(endpoint.received()).toHaveLength(1);

  receiver.answer(endpoint.path, 204);
  expect((await endpoint.call('POST', '/recover')).status).toBe(409);
  expect((await endpoint.call('POST', '/enable')).body.enabled).toBe(true);
  expect((await endpoint.call('POST', '/recover')).status).toBe(202);
  await until('nothing is missing', async () =>
    (await endpoint.deliveries()).every(({ state }) => state === 'delivered'),
  );
  const told = endpoint
    .received()
    .slice(1)
    .map((webhook) => verify(endpoint.secret, webhook).data.job?.id);
  expect(told).toEqual(expect.arrayContaining(missed));
});

test('in order: each arrives when the one before it has ended, though some fail at first', async () => {
  const refused = new Set<unknown>();
  const endpoint = await anEndpoint(
    (response, { headers }) => {
      const first = !refused.has(headers['webhook-id']);
      refused.add(headers['webhook-id']);
      response.writeHead(first && refused.size % 2 === 0 ? 500 : 204).end();
    },
    { in_order: true },
  );
  await Promise.all(Array.from({ length: 12 }, () => aJob(endpoint.tenant)));
  await until('all are delivered', async () => {
    const found = await endpoint.deliveries();
    return found.length === 12 && found.every(({ state }) => state === 'delivered');
  });
  const sequences = endpoint.received().map(({ body }) => JSON.parse(body).data.sequence);
  expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  expect(new Set(sequences)).toEqual(new Set(Array.from({ length: 12 }, (_, n) => n + 1)));
  expect(sequences.length).toBeGreaterThan(12);
});

test('a rotated secret signs beside the one before it', async () => {
  const endpoint = await anEndpoint();
  const { body: rotated } = await endpoint.call('POST', '/rotate');
  expect(rotated.secret).not.toBe(endpoint.secret);
  const { status, body } = await endpoint.call('POST', '/test');
  expect([status, body.event_type]).toEqual([202, 'endpoint.test']);
  await until('it arrives', () => endpoint.received().length > 0);
  const [webhook] = endpoint.received() as [ReceivedWebhook];
  for (const secret of [endpoint.secret, rotated.secret as string]) {
    expect(verify(secret, webhook).type).toBe('endpoint.test');
  }
});

test('endpoints that hang or drip, flooded, hold up nobody: another’s delivery arrives', async () => {
  const slow = await Promise.all([anEndpoint(hang), anEndpoint(hang), anEndpoint(drip)]);
  // One after another: the flood is of deliveries, not of requests.
  await Promise.all(
    slow.map(async ({ tenant }) => {
      for (let count = 0; count < 60; count += 1) await aJob(tenant);
    }),
  );
  await until('they hang', () => slow.every(({ path }) => receiver.open(path) > 0));
  const healthy = await anEndpoint();
  const began = performance.now();
  await aJob(healthy.tenant);
  await until('it arrives', () => healthy.received().length > 0);
  // Far below the 15 s for which each of those may hold its place.
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(receiver.open(slow[0]!.path)).toBeLessThanOrEqual(8);
  for (const { path } of slow) receiver.answer(path, 204);
});

test('a worker that is killed in the middle loses no delivery, and repeats it under the same id', async () => {
  const endpoint = await anEndpoint(hang);
  await aJob(endpoint.tenant);
  await until('it hangs', () => receiver.open(endpoint.path) > 0);
  const killed = system.workers.splice(0, 2);
  receiver.answer(endpoint.path, 204);
  for (const { pid } of killed) process.kill(pid, 'SIGKILL');
  await Promise.all(killed.map(({ exited }) => exited));
  await Promise.all([system.startWorker(), system.startWorker()]);
  await until(
    'it is delivered',
    async () => (await endpoint.deliveries())[0]?.state === 'delivered',
  );
  const ids = endpoint.received().map(({ headers }) => headers['webhook-id']);
  expect(ids.length).toBeGreaterThan(1);
  expect(new Set(ids).size).toBe(1);
});

test('no secret of an endpoint is ever in a log line', async () => {
  const secrets = await system.db.selectFrom('webhook_secrets').select('sealed').execute();
  expect(secrets.length).toBeGreaterThan(5);
  expect(lines.length).toBeGreaterThan(50);
  expect(lines.filter((line) => line.includes('whsec_'))).toEqual([]);
});
