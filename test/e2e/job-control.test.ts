import { newId } from '@usher/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSystem, type System, type Tenant } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
  // Every member takes its time, so that there is something to steer.
  await sql`create function dawdle() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.003); return new; end $$`.execute(system.db);
  await sql`create trigger dawdle before insert on website_members
    for each row execute function dawdle()`.execute(system.db);
});
afterAll(() => system.close());

const submit = async (tenant: Tenant, more: object = {}) => {
  const { status, body } = await system.call('POST', '/api/v1/jobs', {
    key: tenant.key,
    body: {
      kind: 'bulk-invite',
      invite_method: 'direct',
      email: `${newId()}@example.com`,
      website_ids: tenant.websiteIds,
      ...more,
    },
  });
  expect(status).toBe(202);
  return body.job.id as string;
};
const steer = (tenant: Tenant, jobId: string, verb: string, body?: object) =>
  system.call('POST', `/api/v1/jobs/${jobId}/${verb}`, { key: tenant.key, body });
const read = async (tenant: Tenant, jobId: string) =>
  (await system.call('GET', `/api/v1/jobs/${jobId}`, { key: tenant.key })).body.job;
const untilState = (tenant: Tenant, jobId: string, state: string) =>
  waitFor(`the job is ${state}`, async () => {
    const job = await read(tenant, jobId);
    return job.state === state && job;
  });

test('a job that runs is canceled: what was done stays, the rest is canceled, and it can be redriven', async () => {
  const tenant = await system.createTenant(2_000);
  const jobId = await submit(tenant);
  await waitFor('it runs', async () => (await read(tenant, jobId)).counts.succeeded > 0);
  const canceled = await steer(tenant, jobId, 'cancel');
  expect(canceled.status).toBe(200);
  expect((await steer(tenant, jobId, 'cancel')).status).toBe(200);
  const { counts } = await untilState(tenant, jobId, 'canceled');
  expect(counts.canceled).toBeGreaterThan(0);
  expect(counts.succeeded + counts.canceled).toBe(2_000);
  const { body } = await system.call('GET', `/api/v1/websites/${tenant.websiteIds[0]}/members`, {
    key: tenant.key,
  });
  expect(body.members).toHaveLength(1);

  const redriven = await steer(tenant, jobId, 'redrive', { codes: ['canceled'] });
  expect([redriven.status, redriven.body.job.round]).toEqual([200, 2]);
  const done = await untilState(tenant, jobId, 'succeeded');
  expect(done.counts).toMatchObject({ succeeded: 2_000, canceled: 0, failed: 0 });
});

test('a paused job stands still, and goes on where it was when it is resumed', async () => {
  const tenant = await system.createTenant(2_000);
  const jobId = await submit(tenant);
  await waitFor('it runs', async () => (await read(tenant, jobId)).counts.succeeded > 0);
  expect((await steer(tenant, jobId, 'pause')).body.job.state).toBe('paused');
  await waitFor('nothing of it is under way', async () => {
    const { rows } = await sql`select from tasks where job_id = ${jobId} and not held`.execute(
      system.db,
    );
    return rows.length === 0;
  });
  const still = await read(tenant, jobId);
  expect(still.counts.pending).toBeGreaterThan(0);
  // Others are served meanwhile, and it has not moved when they are done.
  const other = await submit(tenant, { website_ids: tenant.websiteIds.slice(0, 5) });
  await untilState(tenant, other, 'succeeded');
  expect((await read(tenant, jobId)).counts).toEqual(still.counts);
  expect((await steer(tenant, jobId, 'resume')).status).toBe(200);
  const done = await untilState(tenant, jobId, 'succeeded');
  expect(done.counts.succeeded).toBe(2_000);
});

test('enough failures cancel the rest of a job by themselves', async () => {
  const tenant = await system.createTenant(1_000);
  const unknown = Array.from({ length: 400 }, () => newId());
  const jobId = await submit(tenant, {
    website_ids: [...unknown, ...tenant.websiteIds],
    failure_threshold: { count: 10 },
  });
  const { counts } = await untilState(tenant, jobId, 'canceled');
  expect(counts.failed).toBeGreaterThanOrEqual(10);
  expect(counts.canceled).toBeGreaterThan(0);
  expect(counts.failed + counts.succeeded + counts.canceled).toBe(1_400);
});

test('validate_only tells what each target would come to, and leaves nothing behind', async () => {
  const tenant = await system.createTenant(4);
  const email = `${newId()}@example.com`;
  const [member, free] = tenant.websiteIds as [string, string];
  await untilState(tenant, await submit(tenant, { email, website_ids: [member] }), 'succeeded');
  const everything = async () => {
    const { rows } = await sql`
      select (select count(*) from jobs) as jobs, (select count(*) from tasks) as tasks,
        (select count(*) from outcomes) as outcomes, (select count(*) from invites) as invites,
        (select count(*) from users) as users, (select count(*) from website_members) as members,
        (select count(*) from idempotency_keys) as keys`.execute(system.db);
    return rows[0];
  };
  const before = await everything();
  const unknown = newId();
  for (const invite_method of ['direct', 'email']) {
    const { status, body } = await system.call('POST', '/api/v1/jobs', {
      key: tenant.key,
      headers: { 'idempotency-key': `preview-${invite_method}` },
      body: {
        kind: 'bulk-invite',
        invite_method,
        email,
        website_ids: [unknown, member, free],
        validate_only: true,
      },
    });
    expect(status).toBe(200);
    expect(body.counts).toEqual({ total: 3, succeeded: 1, failed: 2 });
    expect(body.targets).toMatchObject([
      { position: 0, website_id: unknown, status: 'failed', code: 'not_found' },
      { position: 1, website_id: member, status: 'failed', code: 'already_member' },
      { position: 2, website_id: free, status: 'succeeded' },
    ]);
  }
  expect(await everything()).toEqual(before);
});

test('a job that has finished refuses to be steered, and nobody else’s job can be', async () => {
  const tenant = await system.createTenant(2);
  const stranger = await system.createTenant(2);
  const jobId = await submit(tenant);
  await untilState(tenant, jobId, 'succeeded');
  for (const verb of ['cancel', 'pause', 'resume']) {
    expect((await steer(tenant, jobId, verb)).status).toBe(409);
    expect((await steer(stranger, jobId, verb)).status).toBe(404);
    expect((await steer(tenant, jobId, verb, { now: true })).status).toBe(400);
  }
  const redriven = await steer(tenant, jobId, 'redrive');
  expect([redriven.status, redriven.body.job.round]).toEqual([200, 1]);
  expect((await steer(stranger, jobId, 'redrive')).status).toBe(404);
  expect((await steer(tenant, jobId, 'redrive', { codes: ['nonsense'] })).status).toBe(400);
});
