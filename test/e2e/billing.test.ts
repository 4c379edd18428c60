import { createGroup } from '@usher/directory';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startFakeBilling, type FakeBilling } from '../support/fake-billing/start-fake-billing.ts';
import { startSystem, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

let fake: FakeBilling;
let system: System;

beforeAll(async () => {
  fake = await startFakeBilling();
  system = await startSystem({
    websites: 5,
    environment: {
      BILLING_PROVIDER: 'stripe',
      STRIPE_API_KEY: fake.apiKey,
      STRIPE_API_BASE: fake.stripeBase,
      BILLING_CONCURRENCY: '3',
      RETRY_BASE_MS: '20',
    },
  });
  await sql`update organizations set partner = true`.execute(system.db);
});
afterAll(async () => {
  await system.close();
  await fake.close();
});
afterEach(async () => {
  fake.release();
  fake.heal();
  await sql`update gates set failures = 0, closed_until = null, probe_task_id = null, probe_until = null`.execute(
    system.db,
  );
});

let made = 0;
async function aGroup(): Promise<string> {
  made += 1;
  const group = { name: `Group ${made}`, websiteIds: system.tenant.websiteIds.slice(0, 2) };
  return (await createGroup(system.db, system.tenant.id, group)).id;
}
const patch = (id: string, body: object, headers: Record<string, string> = {}) =>
  system.call('PATCH', `/api/v1/groups/${id}`, { body, headers });
const provision = (body: object, headers: Record<string, string> = {}) =>
  system.call('POST', '/api/v1/jobs', { body: { kind: 'billing-provisioning', ...body }, headers });

/** The group's row as Postgres stores it: any write to it moves this. */
async function rowVersion(id: string): Promise<string> {
  const { rows } = await sql<{ version: string }>`
    select xmin::text || ' ' || ctid::text || ' ' || groups::text as version from groups
    where id = ${id}`.execute(system.db);
  return rows[0]!.version;
}
const entityOf = async (id: string) =>
  (
    await system.db
      .selectFrom('billing_entities')
      .selectAll()
      .where('group_id', '=', id)
      .executeTakeFirst()
  )?.upstream_id;

test('PATCH applies all its fields together, and the entity is made with them', async () => {
  const id = await aGroup();
  const [first, , third] = system.tenant.websiteIds as [string, string, string];
  const answer = await patch(id, {
    name: 'Renamed',
    add_website_ids: [third],
    remove_website_ids: [first],
    external_id: 'ext-1',
    billing_enabled: true,
  });
  expect(answer.status).toBe(200);
  expect(answer.body.group).toMatchObject({
    id,
    name: 'Renamed',
    billingEnabled: true,
    externalId: 'ext-1',
  });
  expect(
    answer.body.group.websites.map((website: { id: string }) => website.id).toSorted(),
  ).toEqual(system.tenant.websiteIds.slice(1, 3).toSorted());
  expect(fake.entities(id)).toMatchObject([
    { groupId: id, orgId: system.tenant.id, name: 'Renamed' },
  ]);
  expect(await entityOf(id)).toBe(fake.entities(id)[0]!.id);

  const off = await patch(id, { billing_enabled: false });
  expect(off.body.group.billingEnabled).toBe(false);
  expect(fake.entities(id)).toHaveLength(1);
  expect(await entityOf(id)).toBe(fake.entities(id)[0]!.id);
});

test('enabling again decides by the entity, not by the flag', async () => {
  const silent = await aGroup();
  await sql`update groups set billing_enabled = true where id = ${silent}`.execute(system.db);
  expect((await patch(silent, { billing_enabled: true })).status).toBe(200);
  expect(fake.entities(silent)).toHaveLength(1);
  const calls = fake.ledger.length;
  expect((await patch(silent, { billing_enabled: true })).status).toBe(200);
  expect(fake.ledger).toHaveLength(calls);
});

test('refused for good upstream: 502 with the reason, and the row is untouched', async () => {
  const id = await aGroup();
  fake.reject(id, 402, 'No more customers on this plan');
  const before = await rowVersion(id);
  const answer = await patch(id, { name: 'Never', billing_enabled: true });
  expect(answer.status).toBe(502);
  expect(answer.body.error).toContain('No more customers on this plan');
  expect(await rowVersion(id)).toBe(before);
  fake.accept(id);
  expect((await patch(id, { billing_enabled: true })).status).toBe(200);
  expect(fake.entities(id)).toHaveLength(1);
});

test('when the wait runs out: 502, nothing is applied later, and the next try adopts what was made', async () => {
  const id = await aGroup();
  const before = await rowVersion(id);
  fake.next('held', 'create');
  const answer = await patch(id, { name: 'Too late', billing_enabled: true }, { prefer: 'wait=1' });
  expect(answer.status).toBe(502);
  fake.release();
  await waitFor('the fenced job has ended', async () => {
    const { rows } = await sql<{ open: number }>`
      select count(*)::int as open from jobs where finished_at is null`.execute(system.db);
    return rows[0]?.open === 0;
  });
  expect(await rowVersion(id)).toBe(before);
  expect(fake.entities(id)).toHaveLength(1);
  expect((await patch(id, { billing_enabled: true })).status).toBe(200);
  expect(fake.entities(id)).toHaveLength(1);
  expect(await entityOf(id)).toBe(fake.entities(id)[0]!.id);
});

test.each([
  '500',
  '500-after',
  'hang-after',
  'reset-after',
  'wrong-json',
  '429',
  'key-in-use',
] as const)(
  'a passing fault (%s) is retried within the wait, and makes one entity',
  async (fault) => {
    const id = await aGroup();
    fake.next(fault, 'create');
    const answer = await patch(id, { billing_enabled: true });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect(fake.entities(id)).toHaveLength(1);
  },
  60_000,
);

test('a 500 that is replayed under its key ends with a new key, and one entity', async () => {
  const id = await aGroup();
  fake.next('500', 'create');
  expect((await patch(id, { billing_enabled: true })).status).toBe(200);
  const keys = new Set(
    fake.ledger
      .filter((call) => call.groupId === id && call.operation === 'create')
      .map((call) => call.key),
  );
  expect(keys.size).toBe(2);
  expect(fake.entities(id)).toHaveLength(1);
});

test('100 at once on one group make one entity, also after a rename', async () => {
  const id = await aGroup();
  const burst = () =>
    Promise.all(Array.from({ length: 100 }, () => patch(id, { billing_enabled: true })));
  const answers = await burst();
  expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);
  expect(fake.entities(id)).toHaveLength(1);
  await patch(id, { name: 'After all' });
  await burst();
  expect(fake.entities(id)).toHaveLength(1);
});

test('respond-async: 202 and the job, whose finishing transaction applies the other fields', async () => {
  const id = await aGroup();
  const answer = await patch(
    id,
    { name: 'Later', billing_enabled: true },
    { prefer: 'respond-async' },
  );
  expect(answer.status).toBe(202);
  const { body } = await system.call('GET', `${answer.body.job.links.self}?wait=30`);
  expect(body.job).toMatchObject({ kind: 'billing-provisioning', state: 'succeeded' });
  const { body: shown } = await system.call('GET', `/api/v1/groups/${id}`);
  expect(shown.group).toMatchObject({ name: 'Later', billingEnabled: true });
});

test('a late conflict is that target’s failure, and keeps the entity', async () => {
  const [first, second] = [await aGroup(), await aGroup()];
  fake.next('held', 'create');
  const pending = await patch(
    first,
    { external_id: 'wanted', billing_enabled: true },
    { prefer: 'respond-async' },
  );
  await waitFor('the call', () => fake.inFlight() > 0);
  expect((await patch(second, { external_id: 'wanted' })).status).toBe(200);
  fake.release();
  const { body } = await system.call('GET', `${pending.body.job.links.self}?wait=30`);
  expect(body.job.state).toBe('failed');
  const { body: listed } = await system.call('GET', body.job.links.targets);
  expect(listed.targets).toMatchObject([{ group_id: first, code: 'external_id_in_use' }]);
  expect(await entityOf(first)).toBe(fake.entities(first)[0]!.id);
  const { body: shown } = await system.call('GET', `/api/v1/groups/${first}`);
  expect(shown.group).toMatchObject({ billingEnabled: false, externalId: null });
});

test('POST /groups with billing: 201 with the entity made; refused upstream: 502 and no group', async () => {
  const create = (name: string, headers: Record<string, string> = {}) =>
    system.call('POST', '/api/v1/groups', {
      body: { name, website_ids: system.tenant.websiteIds.slice(0, 1), billing_enabled: true },
      headers,
    });
  const key = { 'idempotency-key': 'new-group' };
  const answer = await create('Paying', key);
  expect(answer.status).toBe(201);
  const { id } = answer.body.group;
  expect(answer.body.group).toMatchObject({
    billingEnabled: true,
    websiteIds: system.tenant.websiteIds.slice(0, 1),
  });
  expect(fake.entities(id)).toMatchObject([{ name: 'Paying' }]);
  const repeat = await create('Paying', key);
  expect(repeat.status).toBe(201);
  expect(repeat.body).toEqual(answer.body);
  expect(repeat.headers.get('idempotent-replayed')).toBe('true');

  fake.next(Array.from({ length: 40 }, () => '429' as const));
  const failed = await create('Not paying', { prefer: 'wait=1' });
  expect(failed.status).toBe(502);
  const { body } = await system.call('GET', '/api/v1/groups');
  expect(body.groups.map((group: { name: string }) => group.name)).not.toContain('Not paying');
});

test('a 502 is not kept under its Idempotency-Key: the same request may succeed the next time', async () => {
  const id = await aGroup();
  const key = { 'idempotency-key': 'again' };
  fake.reject(id);
  expect((await patch(id, { billing_enabled: true }, key)).status).toBe(502);
  fake.accept(id);
  const answer = await patch(id, { billing_enabled: true }, key);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('idempotent-replayed')).toBeNull();
  const repeat = await patch(id, { billing_enabled: true }, key);
  expect(repeat.headers.get('idempotent-replayed')).toBe('true');
});

test('while the gate is closed a PATCH that needs it answers 502 at once; one that does not, 200', async () => {
  const [fresh, paying] = [await aGroup(), await aGroup()];
  expect((await patch(paying, { billing_enabled: true })).status).toBe(200);
  await sql`update gates set closed_until = now() + interval '50 s' where name = 'billing'`.execute(
    system.db,
  );
  const calls = fake.ledger.length;
  const refused = await patch(fresh, { billing_enabled: true });
  expect(refused.status).toBe(502);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(40);
  expect((await patch(paying, { billing_enabled: true })).status).toBe(200);
  expect((await patch(fresh, { name: 'Not about billing' })).status).toBe(200);
  const later = await patch(fresh, { billing_enabled: true }, { prefer: 'respond-async' });
  expect(later.status).toBe(202);
  expect(fake.ledger).toHaveLength(calls);
  await sql`update gates set closed_until = null where name = 'billing'`.execute(system.db);
  const { body } = await system.call('GET', `${later.body.job.links.self}?wait=30`);
  expect(body.job.state).toBe('succeeded');
});

test('a repeat of what was accepted is answered from its job, also while the gate is closed', async () => {
  const id = await aGroup();
  const key = { 'idempotency-key': 'accepted' };
  await sql`update gates set closed_until = now() + interval '50 s' where name = 'billing'`.execute(
    system.db,
  );
  const body = { name: 'Accepted', billing_enabled: true };
  expect((await patch(id, body, { ...key, prefer: 'respond-async' })).status).toBe(202);
  const repeat = await patch(id, body, { ...key, prefer: 'wait=1' });
  expect(repeat.status).toBe(202);
  await sql`update gates set closed_until = null where name = 'billing'`.execute(system.db);
  const { body: ended } = await system.call('GET', `${repeat.body.job.links.self}?wait=30`);
  expect(ended.job.state).toBe('succeeded');
});

test('with an Idempotency-Key a bad request calls nobody either, and is not kept', async () => {
  const id = await aGroup();
  const key = { 'idempotency-key': 'bad-at-first' };
  const body = { external_id: 'freed', billing_enabled: true };
  const holder = await aGroup();
  await patch(holder, { external_id: 'freed' });
  expect((await patch(id, body, key)).status).toBe(409);
  expect(fake.ledger.filter((call) => call.groupId === id)).toEqual([]);
  await patch(holder, { external_id: null });
  expect((await patch(id, body, key)).status).toBe(200);
});

test('a POST repeated under its key after a 502 adopts what was made, as the same group', async () => {
  const before = fake.entities().length;
  const create = (headers: Record<string, string>) =>
    system.call('POST', '/api/v1/groups', {
      body: { name: 'Twice', website_ids: system.tenant.websiteIds, billing_enabled: true },
      headers: { 'idempotency-key': 'one-group', ...headers },
    });
  fake.next('held', 'create');
  expect((await create({ prefer: 'wait=1' })).status).toBe(502);
  fake.release();
  const answer = await create({});
  expect(answer.status).toBe(201);
  expect(fake.entities(answer.body.group.id)).toHaveLength(1);
  expect(fake.entities()).toHaveLength(before + 1);
});

test('a client that gave up is not served later, over what it asked for since', async () => {
  const id = await aGroup();
  fake.next('held', 'create');
  const gone = new AbortController();
  const asking = fetch(`${system.apis[0]!.url}/api/v1/groups/${id}`, {
    method: 'PATCH',
    signal: gone.signal,
    headers: {
      'x-api-key': system.tenant.key,
      'content-type': 'application/json',
      prefer: 'wait=2',
    },
    body: JSON.stringify({ name: 'Old wish', billing_enabled: true }),
  }).catch((error: unknown) => error);
  await waitFor('the call', () => fake.inFlight() > 0);
  gone.abort();
  await asking;
  expect((await patch(id, { name: 'New wish' })).status).toBe(200);
  const unfenced = () =>
    system.db
      .selectFrom('jobs')
      .select('id')
      .where('fenced_at', 'is', null)
      .where('finished_at', 'is', null)
      .execute();
  await waitFor('the fence', async () => (await unfenced()).length === 0);
  fake.release();
  await waitFor('the end', async () => {
    const open = await system.db.selectFrom('tasks').select('id').execute();
    return open.length === 0;
  });
  const { body } = await system.call('GET', `/api/v1/groups/${id}`);
  expect(body.group).toMatchObject({ name: 'New wish', billingEnabled: false });
});

test('a job provisions each group on its own: provisioned, already provisioned, refused, unknown', async () => {
  const [fresh, paying, refused] = [await aGroup(), await aGroup(), await aGroup()];
  const unknown = '01900000-0000-7000-8000-000000000000';
  await patch(paying, { billing_enabled: true });
  fake.reject(refused, 400, 'The tax id is missing');
  const answer = await provision({
    group_ids: [fresh, paying, refused, unknown],
    notify_email: 'finance@example.com',
  });
  expect(answer.status).toBe(202);
  const { body } = await system.call('GET', `${answer.body.job.links.self}?wait=30`);
  expect(body.job).toMatchObject({
    state: 'partially_failed',
    counts: { total: 4, succeeded: 2, failed: 2 },
  });
  const { body: listed } = await system.call('GET', body.job.links.targets);
  expect(listed.targets).toMatchObject([
    { group_id: fresh, status: 'succeeded', code: 'provisioned' },
    { group_id: paying, status: 'succeeded', code: 'already_provisioned' },
    {
      group_id: refused,
      status: 'failed',
      code: 'upstream_rejected',
      message: expect.stringContaining('The tax id is missing'),
    },
    { group_id: unknown, status: 'failed', code: 'not_found' },
  ]);
  const report = await waitFor('the report', () => system.mail.to('finance@example.com')[0]);
  expect(report.text).toContain('The tax id is missing');
});

test('another organization’s group is unknown, and its billing untouched', async () => {
  const id = await aGroup();
  const other = await system.createTenant(1);
  const call = (method: string, path: string, body: object) =>
    system.call(method, path, { key: other.key, body });
  expect((await call('PATCH', `/api/v1/groups/${id}`, { billing_enabled: true })).status).toBe(404);
  const { body } = await call('POST', '/api/v1/jobs', {
    kind: 'billing-provisioning',
    group_ids: [id],
  });
  const { body: ended } = await system.call('GET', `${body.job.links.self}?wait=30`, {
    key: other.key,
  });
  expect(ended.job.state).toBe('failed');
  expect(fake.entities(id)).toEqual([]);
});
