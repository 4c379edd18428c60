import { newId } from '@usher/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';
import { waitFor } from '../support/wait-for.ts';

interface Body {
  groups: Array<{ name: string }>;
  details: Array<{ path: string }>;
  job: { id: string };
}
const ask = (...given: Parameters<typeof call>) => call<Body>(...given);

let none: TestApi;
let stripe: TestApi;
beforeAll(async () => {
  none = await startTestApi();
  stripe = await startTestApi({ BILLING_PROVIDER: 'stripe' });
});
afterAll(async () => {
  await none.close();
  await stripe.close();
});

test('without a provider nothing about billing is accepted: 409 that says so, and nothing changes', async () => {
  const { key, groupIds, websiteIds } = none.organization;
  const patched = await ask(none, 'PATCH', `/api/v1/groups/${groupIds[0]}`, {
    key,
    json: { name: 'Never', billing_enabled: true },
  });
  expect(patched).toMatchObject({ status: 409, body: { code: 'billing_not_configured' } });
  const made = await ask(none, 'POST', '/api/v1/groups', {
    key,
    json: { name: 'Never', website_ids: websiteIds, billing_enabled: true },
  });
  expect(made).toMatchObject({ status: 409, body: { code: 'billing_not_configured' } });
  const job = await ask(none, 'POST', '/api/v1/jobs', {
    key,
    json: { kind: 'billing-provisioning', group_ids: groupIds },
  });
  expect(job).toMatchObject({ status: 409, body: { code: 'billing_not_configured' } });
  const { body } = await ask(none, 'GET', '/api/v1/groups', { key });
  expect(body.groups.map((group) => group.name)).not.toContain('Never');
  const off = await ask(none, 'PATCH', `/api/v1/groups/${groupIds[0]}`, {
    key,
    json: { name: 'Still works', billing_enabled: false },
  });
  expect(off).toMatchObject({ status: 200, body: { group: { name: 'Still works' } } });
});

test('external_id is for partners: anybody else is refused, whatever they send', async () => {
  const { key, groupIds } = none.organization;
  for (const external_id of ['x', null]) {
    const answer = await ask(none, 'PATCH', `/api/v1/groups/${groupIds[0]}`, {
      key,
      json: { external_id },
    });
    expect(answer.status).toBe(403);
  }
});

test('billing needs a key for the whole organization', async () => {
  const { scopedKey: key, groupIds } = stripe.organization;
  const job = { kind: 'billing-provisioning', group_ids: groupIds };
  expect((await ask(stripe, 'POST', '/api/v1/jobs', { key, json: job })).status).toBe(403);
  const patch = { key, json: { billing_enabled: true } };
  expect((await ask(stripe, 'PATCH', `/api/v1/groups/${groupIds[0]}`, patch)).status).toBe(403);
});

test('an unknown group, and a website of somebody else’s, are refused before any job is made', async () => {
  const { key, groupIds } = stripe.organization;
  const unknown = await ask(stripe, 'PATCH', `/api/v1/groups/${newId()}`, {
    key,
    json: { billing_enabled: true },
  });
  expect(unknown).toMatchObject({ status: 404, body: { error: 'Group not found' } });
  const foreign = await ask(stripe, 'PATCH', `/api/v1/groups/${groupIds[0]}`, {
    key,
    json: { billing_enabled: true, add_website_ids: [stripe.partner.websiteIds[0]] },
  });
  expect(foreign.status).toBe(400);
  expect(foreign.body.details[0]?.path).toBe('add_website_ids.0');
  const { rows } = await sql`select 1 from jobs`.execute(stripe.db);
  expect(rows).toEqual([]);
});

test('with no worker to do it the wait runs out: 502, and the job can do nothing any more', async () => {
  const { key, groupIds } = stripe.organization;
  const answer = await ask(stripe, 'PATCH', `/api/v1/groups/${groupIds[0]}`, {
    key,
    json: { billing_enabled: true },
    headers: { prefer: 'wait=1', 'idempotency-key': 'nobody-there' },
  });
  expect(answer.status).toBe(502);
  const { rows } = await sql<{ fenced: boolean }>`
    select fenced_at is not null as fenced from jobs`.execute(stripe.db);
  expect(rows).toEqual([{ fenced: true }]);
  const keys = await sql`select 1 from idempotency_keys`.execute(stripe.db);
  expect(keys.rows).toEqual([]);
});

test('an API that drains ends each connection with its answer, so that nothing new comes in on it', async () => {
  const draining = await startTestApi({ BILLING_PROVIDER: 'stripe' });
  const { key, groupIds } = draining.organization;
  const asking = call(draining, 'PATCH', `/api/v1/groups/${groupIds[0]}`, {
    key,
    json: { billing_enabled: true },
    headers: { prefer: 'wait=20' },
  });
  await waitFor('its job', async () => {
    const { rows } = await sql`select 1 from jobs`.execute(draining.db);
    return rows.length > 0;
  });
  await draining.close();
  const { status, headers } = await asking;
  expect([status, headers.get('connection')]).toEqual([502, 'close']);
});

test('a repeat that was promised the job keeps the first request from fencing it: both answer 202', async () => {
  const { key, groupIds } = stripe.organization;
  const send = (prefer: string) =>
    ask(stripe, 'PATCH', `/api/v1/groups/${groupIds[1]}`, {
      key,
      json: { billing_enabled: true },
      headers: { prefer, 'idempotency-key': 'promised' },
    });
  const first = send('wait=2');
  await waitFor('the first request’s job', async () => {
    const { rows } = await sql`select 1 from idempotency_keys where key = 'promised'`.execute(
      stripe.db,
    );
    return rows.length > 0;
  });
  const second = await send('respond-async');
  expect(second.status).toBe(202);
  expect((await first).status).toBe(202);
  expect((await first).body.job.id).toBe(second.body.job.id);
});

test('a conflict that is there already: 409 with the group in the way, and no job', async () => {
  const { key, groupIds } = stripe.partner;
  const patch = (id: string | undefined, json: object) =>
    ask(stripe, 'PATCH', `/api/v1/groups/${id}`, { key, json });
  expect((await patch(groupIds[0], { external_id: 'taken' })).status).toBe(200);
  const answer = await patch(groupIds[1], { external_id: 'taken', billing_enabled: true });
  expect(answer).toMatchObject({
    status: 409,
    body: { existing: { type: 'group', id: groupIds[0] } },
  });
  const { rows } = await sql`select 1 from jobs where org_id = ${stripe.partner.id}`.execute(
    stripe.db,
  );
  expect(rows).toEqual([]);
});

test('bodies that cannot be meant are refused with the place that is wrong', async () => {
  const { key, groupIds, websiteIds } = stripe.partner;
  const [id, website] = [groupIds[0] as string, websiteIds[0] as string];
  for (const json of [
    {},
    { name: '' },
    { add_website_ids: [] },
    { add_website_ids: [website], remove_website_ids: [website] },
    { external_id: '' },
    { billing_enabled: 'yes' },
    { add_website_ids: [newId()], billing_enabled: true },
  ]) {
    const answer = await ask(stripe, 'PATCH', `/api/v1/groups/${id}`, { key, json });
    expect(answer.status, JSON.stringify(json)).toBe(400);
  }
  const provision = (more: object) =>
    ask(stripe, 'POST', '/api/v1/jobs', { key, json: { kind: 'billing-provisioning', ...more } });
  expect((await provision({ group_ids: [] })).status).toBe(400);
  expect((await provision({ group_ids: [id], color: 'red' })).status).toBe(400);
  const many = Array.from({ length: 10_001 }, () => id);
  expect((await provision({ group_ids: many })).status).toBe(413);
});
