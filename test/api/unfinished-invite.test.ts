import { newId } from '@usher/db';
import { fenceJob } from '@usher/jobs';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';
import { waitFor } from '../support/wait-for.ts';

/** No worker runs here: nothing is ever finished. */
let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

interface Body {
  job: { id: string };
  error: string;
}

const email = 'guest@example.com';
const invite = (headers: Record<string, string>) => {
  const [website_id] = api.organization.websiteIds;
  const json = { type: 'website', website_id, invite_method: 'direct', email };
  return call<Body>(api, 'POST', '/api/v1/invites', { key: api.organization.key, json, headers });
};

/** The jobs there are, oldest first. */
const jobs = () =>
  api.db.selectFrom('jobs').select(['id', 'fenced_at', 'acknowledged']).orderBy('id').execute();

/** An invite whose wait is over early, as when this process drains. */
async function unfinished(headers: Record<string, string>) {
  const asked = invite(headers);
  await waitFor('its job is there', async () => (await jobs()).length > 0);
  await api.context.waiters.close();
  return asked;
}

test('who sent no Prefer is promised nothing: a 503, and nothing is done later', async () => {
  const { status, headers, body } = await unfinished({});
  expect([status, body]).toEqual([503, { error: expect.stringContaining('repeat the request') }]);
  expect(headers.get('retry-after')).toBe('5');
  expect(await jobs()).toMatchObject([{ fenced_at: expect.any(Date), acknowledged: false }]);
});

test('a 503 leaves the Idempotency-Key free: a repeat makes another job', async () => {
  const key = { 'idempotency-key': newId() };
  expect((await unfinished(key)).status).toBe(503);
  const again = await invite({ ...key, prefer: 'respond-async' });
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, null]);
  const [first, second] = await jobs();
  expect([first?.fenced_at, second]).toMatchObject([
    expect.any(Date),
    { id: again.body.job.id, fenced_at: null, acknowledged: true },
  ]);
});

test('what one request was promised, a repeat that sent no Prefer is promised too', async () => {
  const key = { 'idempotency-key': newId() };
  const promised = await invite({ ...key, prefer: 'respond-async' });
  const again = await unfinished(key);
  expect([again.status, again.body.job.id]).toEqual([202, promised.body.job.id]);
  expect(await jobs()).toMatchObject([{ fenced_at: null }]);
});

test('a repeat that asks for a 202 keeps the job from being fenced', async () => {
  const key = { 'idempotency-key': newId() };
  const asked = invite(key);
  await waitFor('its job is there', async () => (await jobs()).length > 0);
  const promised = await invite({ ...key, prefer: 'respond-async' });
  expect(promised.status).toBe(202);
  await api.context.waiters.close();
  expect((await asked).status).toBe(202);
  expect(await jobs()).toMatchObject([{ fenced_at: null, acknowledged: true }]);
});

test('where the job was fenced meanwhile, a repeat that asks for a 202 is promised nothing', async () => {
  const key = { 'idempotency-key': newId() };
  const asked = invite(key);
  const [job] = await waitFor('its job is there', async () => {
    const found = await jobs();
    return found.length > 0 && found;
  });
  // Fenced, but the key is still known, as for whoever had read it just before.
  await sql`update jobs set fenced_at = now() where id = ${job?.id}`.execute(api.db);
  const refused = await invite({ ...key, prefer: 'wait=0' });
  expect([refused.status, refused.body]).toEqual([503, { error: expect.any(String) }]);
  expect(await fenceJob(api.db, job?.id as string)).toBe('fenced');
  await api.context.waiters.close();
  expect((await asked).status).toBe(503);
});

test('who waited beside the request that gave up is told what that one was told', async () => {
  const asked = invite({});
  const [job] = await waitFor('its job is there', async () => {
    const found = await jobs();
    return found.length > 0 && found;
  });
  const id = job?.id as string;
  // As a worker leaves a job that was fenced.
  await api.db.transaction().execute(async (trx) => {
    await sql`insert into outcomes
        (job_id, round, position, org_id, target_id, status, code, message, attempts)
      select id, 1, 0, org_id, target_ids[1], 'failed', 'upstream_unavailable', 'no', 1
      from jobs where id = ${id}`.execute(trx);
    await sql`delete from tasks where job_id = ${id}`.execute(trx);
    await sql`update jobs set fenced_at = now(), finished_at = now(), remaining = 0, failed = 1
      where id = ${id}`.execute(trx);
  });
  const { status, body } = await asked;
  expect([status, body]).toEqual([503, { error: expect.stringContaining('repeat the request') }]);
});
