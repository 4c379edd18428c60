import {
  createUsher,
  isUsherError,
  webhooks,
  type BulkInvite,
  type JobEvent,
  type Target,
  type Usher,
} from '@usher/sdk';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { checkedFetch } from '../support/contract/checked-fetch.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { createTestDatabase } from '../support/database.ts';
import { DAWDLE } from '../support/dawdle.ts';
import { startLosingProxy } from '../support/losing-proxy.ts';
import { startSystem, type Part, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const TARGETS = 1_000;

let system: System;
let receiver: WebhookReceiver;
let usher: Usher;
beforeAll(async () => {
  receiver = await startWebhookReceiver();
  system = await startSystem({
    websites: TARGETS,
    environment: { WEBHOOK_ALLOW_PRIVATE: 'true', WEBHOOK_SCHEDULE: '0s,50ms,100ms' },
  });
  usher = createUsher({ fetch: checkedFetch, apiKey: system.tenant.key, baseUrl: url() });
});
afterAll(async () => {
  await system.close();
  await receiver.close();
});

const url = () => (system.apis.at(-1) as Part).url;

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found = [];
  for await (const item of items) found.push(item);
  return found;
}

/** An organization of its own, and its client, by another way if one is named. */
async function aClient(baseUrl = url()) {
  const tenant = await system.createTenant(5);
  return { tenant, usher: createUsher({ fetch: checkedFetch, apiKey: tenant.key, baseUrl }) };
}

const direct = (email: string, website_ids: string[]) =>
  ({ kind: 'bulk-invite', invite_method: 'direct', email, website_ids }) as const;

test('a bulk invite answers what became of each website, and one email goes out', async () => {
  const [first, second] = system.tenant.websiteIds as [string, string];
  const unknown = crypto.randomUUID();
  const answer = await usher.invites.bulk({
    invite_method: 'email',
    email: 'ann@example.com',
    website_ids: [first, unknown, second],
  });
  expect(answer.results.map(({ website_id, success }) => [website_id, success])).toEqual([
    [first, true],
    [unknown, false],
    [second, true],
  ]);
  expect(answer.results[1]?.error).toBe('Website not found');
  await waitFor('the email', () => system.mail.to('ann@example.com').length > 0);
  const { items } = await usher.invitations.list({ email: 'ann@example.com' }).page();
  expect(items).toMatchObject([{ job_id: answer.job_id, state: 'pending', targets: { total: 2 } }]);
  expect((await usher.jobs.get(answer.job_id)).data.counts).toMatchObject({
    succeeded: 2,
    failed: 1,
  });
});

test('a job is submitted, waited for, and read over pages: each target once, in order', async () => {
  const website_ids = system.tenant.websiteIds.slice(0, 50);
  const job = await usher.jobs.submit(direct('ben@example.com', website_ids));
  expect(await job.wait({ timeoutMs: 60_000 })).toBe(job);
  expect(job.state).toBe('succeeded');
  const targets = await all(usher.jobs.targets(job.id, { pageSize: 7 }));
  expect(targets.map(({ position }) => position)).toEqual(website_ids.map((_, n) => n));
  expect(targets.map(({ website_id }) => website_id)).toEqual(website_ids);
  expect(await all(job.targets({ status: 'failed' }))).toEqual([]);
  const pages = await all(usher.jobs.targets(job.id, { pageSize: 7 }).pages());
  expect(pages).toHaveLength(8);
});

test('what a job would come to is told without doing it', async () => {
  const { tenant, usher: own } = await aClient();
  const ids = [tenant.websiteIds[0] as string, crypto.randomUUID()];
  const preview = await own.jobs.preview(direct('cara@example.com', ids));
  expect(preview.targets.map(({ code }) => code)).toEqual(['added', 'not_found']);
  expect(await all(own.jobs.list())).toEqual([]);
});

test('a job whose answers are lost again and again is one job, and its handle is of that one', async () => {
  const proxy = await startLosingProxy(url());
  onTestFinished(() => proxy.close());
  const { tenant, usher: own } = await aClient(proxy.url);
  proxy.loseAnswers(2);
  const job = await own.jobs.submit(direct('dora@example.com', tenant.websiteIds));
  proxy.loseAnswers(2);
  const { job_id } = await own.invites.bulk({
    invite_method: 'direct',
    email: 'emil@example.com',
    website_ids: tenant.websiteIds,
  });
  proxy.loseAnswers(1);
  const group = await own.groups.create({ name: 'Ours', website_ids: tenant.websiteIds });
  expect(proxy.lost).toBe(5);
  await job.wait();
  const jobs = await all(own.jobs.list());
  expect(jobs.map(({ id }) => id).toSorted()).toEqual([job.id, job_id].toSorted());
  expect((await own.groups.list()).filter(({ name }) => name === 'Ours')).toHaveLength(1);
  expect((await own.groups.get(group.id)).websites).toHaveLength(5);
});

test('a job whose commit was cut off in the API, before or after it was made, is one job', async () => {
  const database = await createTestDatabase();
  const proxy = await startCuttingProxy(database.url);
  const environment = { DATABASE_URL: proxy.url };
  const cut = await startSystem({ database, environment, workers: 0, websites: 5 });
  onTestFinished(async () => {
    await cut.close();
    await proxy.close();
  });
  await cut.startWorker({ DATABASE_URL: database.url });
  const { key, websiteIds } = cut.tenant;
  const own = createUsher({ fetch: checkedFetch, apiKey: key, baseUrl: (cut.apis[0] as Part).url });
  const made: string[] = [];
  for (const when of ['before', 'after', 'before', 'after'] as const) {
    proxy.cutNextCommit(when);
    const job = await own.jobs.submit(direct(`${when}-${made.length}@example.com`, websiteIds));
    made.push((await job.wait()).id);
    expect(job.state).toBe('succeeded');
  }
  expect(proxy.cuts).toBe(4);
  expect((await all(own.jobs.list())).map(({ id }) => id)).toEqual(made.toReversed());
});

test('what is deleted though the answer was lost, is deleted without complaint', async () => {
  const proxy = await startLosingProxy(url());
  onTestFinished(() => proxy.close());
  const { usher: own } = await aClient(proxy.url);
  const { id } = await own.webhookEndpoints.create({ url: receiver.url });
  proxy.loseAnswers(1);
  await own.webhookEndpoints.delete(id);
  expect(proxy.lost).toBe(1);
  await expect(own.webhookEndpoints.delete(id)).rejects.toMatchObject({ code: 'not_found' });
});

test('refusals are errors by code, on the routes of both kinds, with what is wrong where', async () => {
  const { tenant, usher: own } = await aClient();
  const failure = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    );
  const invite: BulkInvite = { invite_method: 'direct', email: 'nobody', website_ids: ['x'] };
  for (const call of [own.invites.bulk(invite), own.jobs.submit(direct('nobody', ['x']))]) {
    const error = await failure(call);
    expect(isUsherError(error, 'invalid_request')).toBe(true);
    expect(error).toMatchObject({ status: 400, attempts: 1, requestId: expect.any(String) });
    const paths = isUsherError(error) ? error.details.map(({ path }) => path) : [];
    expect(paths).toEqual(expect.arrayContaining(['email', 'website_ids.0']));
  }
  const id = crypto.randomUUID();
  expect(isUsherError(await failure(own.groups.get(id)), 'not_found')).toBe(true);
  expect(isUsherError(await failure(own.jobs.get(id)), 'not_found')).toBe(true);
  const stranger = createUsher({ fetch: checkedFetch, apiKey: 'nobody', baseUrl: url() });
  expect(isUsherError(await failure(stranger.groups.list()), 'unauthorized')).toBe(true);
  expect(isUsherError(await failure(stranger.jobs.list().page()), 'unauthorized')).toBe(true);
  const once = { idempotencyKey: 'once' };
  await own.jobs.submit(direct('fay@example.com', tenant.websiteIds), once);
  const other = own.jobs.submit(direct('gil@example.com', tenant.websiteIds), once);
  expect(isUsherError(await failure(other), 'idempotency_key_reused')).toBe(true);
  const group = own.groups.update(tenant.groupIds[0] as string, { billing_enabled: true });
  expect(isUsherError(await failure(group), 'billing_not_configured')).toBe(true);
});

test('a webhook as it was really delivered is verified, also while its secret is being changed', async () => {
  const { tenant, usher: own } = await aClient();
  const endpoint = await own.webhookEndpoints.create({ url: `${receiver.url}/own` });
  const secret = endpoint.secret as string;
  const job = await own.jobs.submit({
    ...direct('hana@example.com', tenant.websiteIds),
    callback_url: `${receiver.url}/callback`,
  });
  const arrived = (path: string, count = 1) =>
    waitFor(`${count} at ${path}`, () => receiver.at(path).length >= count && receiver.at(path));

  const [callback] = await arrived('/callback');
  const told = await webhooks.verify(
    callback!.body,
    callback!.headers,
    job.callbackSecret as string,
  );
  expect(told).toMatchObject({ type: 'job.completed', data: { job: { id: job.id } } });

  const [webhook] = await arrived('/own');
  const event = await webhooks.verify(webhook!.body, webhook!.headers, secret);
  expect(event).toMatchObject({
    id: webhook!.headers['webhook-id'],
    type: 'job.completed',
    data: { sequence: 1, job: { id: job.id, counts: { succeeded: 5 } } },
  });
  const changed = webhook!.body.replace('succeeded', 'suceeded');
  await expect(webhooks.verify(changed, webhook!.headers, secret)).rejects.toMatchObject({
    reason: 'signature',
  });

  const rotated = await own.webhookEndpoints.rotate(endpoint.id);
  await own.webhookEndpoints.test(endpoint.id);
  const [, test] = await arrived('/own', 2);
  for (const given of [secret, rotated.secret as string, ['whsec_AAAA', secret]]) {
    expect(await webhooks.verify(test!.body, test!.headers, given)).toMatchObject({
      type: 'endpoint.test',
      data: { endpoint_id: endpoint.id },
    });
  }
  const { items } = await own.deliveries.list({ endpoint_id: endpoint.id }).page();
  expect(items.map(({ event_type }) => event_type)).toEqual(['endpoint.test', 'job.completed']);
});

test('the audit log as one stream of lines is what its pages say', async () => {
  const { tenant, usher: own } = await aClient();
  for (const name of ['One', 'Two', 'Three']) {
    await own.groups.create({ name, website_ids: tenant.websiteIds });
  }
  const paged = await all(own.auditLog.list({ action: 'group.create', pageSize: 2 }));
  const entries = await all(own.auditLog.export({ action: 'group.create' }));
  expect(entries).toEqual(paged);
  expect(entries.map(({ after }) => after?.['name']).slice(0, 3)).toEqual(['Three', 'Two', 'One']);
});

test('a watch and a wait outlast an API that is killed and comes back: each target is told once, then the end', async () => {
  for (const statement of DAWDLE) await sql.raw(statement).execute(system.db);
  const job = await usher.jobs.submit(direct('ida@example.com', system.tenant.websiteIds));
  const told: JobEvent[] = [];
  const watching = (async () => {
    for await (const event of usher.jobs.watch(job.id)) told.push(event);
  })();
  const waiting = usher.jobs.wait(job.id);
  await waitFor('some targets are told', () => told.length > 50);
  expect(told.map(({ type }) => type)).not.toContain('finished');

  const api = system.apis.at(-1) as Part;
  process.kill(api.pid, 'SIGKILL');
  await api.exited;
  await system.startApi(Number(new URL(api.url).port));
  await watching;

  const targets = told.flatMap((event) => (event.type === 'target' ? [event.target] : []));
  const byPosition = (a: Target, b: Target) => a.position - b.position;
  expect(targets.toSorted(byPosition)).toEqual(await all(job.targets()));
  expect(targets).toHaveLength(TARGETS);
  expect(told.filter(({ type }) => type === 'finished')).toHaveLength(1);
  expect(told.at(-1)).toMatchObject({
    type: 'finished',
    job: { id: job.id, state: 'succeeded', counts: { succeeded: TARGETS } },
  });
  expect((await waiting).data.counts.succeeded).toBe(TARGETS);
  // Told to its end: whoever comes with the last event is told nothing more.
  expect(await all(job.watch({ lastEventId: told.at(-1)?.id }))).toEqual([]);
});
