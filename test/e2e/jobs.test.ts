import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let unknown: string[];

beforeAll(async () => {
  system = await startSystem({ websites: 60 });
  unknown = Array.from(
    { length: 9_940 },
    (_, n) => `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`,
  );
});
afterAll(() => system.close());

const submit = (body: object, headers: Record<string, string> = {}) =>
  system.call('POST', '/api/v1/jobs', {
    body: { kind: 'bulk-invite', invite_method: 'direct', ...body },
    headers,
  });
const get = (path: string, headers: Record<string, string> = {}) =>
  system.call('GET', path, { headers });

test('a job of 10,000 targets ends with one outcome for each, listed in request order', async () => {
  const { websiteIds } = system.tenant;
  const ids = [...unknown.slice(0, 5_000), ...websiteIds, ...unknown.slice(5_000)];
  const made = await submit({ email: 'many@example.com', website_ids: ids });
  expect(made.status).toBe(202);
  expect(made.headers.get('location')).toBe(made.body.job.links.self);
  const { body } = await get(`${made.body.job.links.self}?wait=60`);
  expect(body.job).toMatchObject({
    state: 'partially_failed',
    counts: { total: 10_000, pending: 0, retrying: 0, succeeded: 60, failed: 9_940, canceled: 0 },
  });

  const streamed = await get(body.job.links.targets, { accept: 'application/x-ndjson' });
  const lines = streamed.body
    .trim()
    .split('\n')
    .map((line: string) => JSON.parse(line));
  expect(lines.map((line: { website_id: string }) => line.website_id)).toEqual(ids);
  expect(lines.map((line: { position: number }) => line.position)).toEqual([...ids.keys()]);

  const paged: string[] = [];
  for (let cursor = ''; ;) {
    const page = await get(`${body.job.links.targets}?status=succeeded&limit=25&cursor=${cursor}`);
    paged.push(...page.body.targets.map((target: { website_id: string }) => target.website_id));
    cursor = page.body.next_cursor;
    if (cursor === '') break;
  }
  expect(paged).toEqual(websiteIds);
  const missing = await get(`${body.job.links.targets}?code=not_found&limit=5000`);
  expect(missing.body.targets).toHaveLength(1_000);
  expect(missing.body.targets[0]).toEqual({
    position: 0,
    website_id: ids[0],
    email: 'many@example.com',
    status: 'failed',
    code: 'not_found',
    message: 'Website not found',
    attempts: 1,
    retryable: false,
    updated_at: expect.any(String),
  });
});

test('an unfinished job of 10,000 targets is read as fast as a finished one, whatever is asked of it', async () => {
  const start_at = new Date(Date.now() + 3_600_000).toISOString();
  const website_ids = [...unknown, ...system.tenant.websiteIds];
  const { body } = await submit({ email: 'unfinished@example.com', website_ids, start_at });
  const links = body.job.links;
  const page = await get(`${links.targets}?limit=1000`);
  expect(page.body.targets).toHaveLength(1_000);
  expect(page.body.targets[999]).toMatchObject({ position: 999, status: 'pending', code: null });
  const failed = await get(`${links.targets}?status=failed`);
  expect(failed.body).toEqual({ targets: [], next_cursor: '' });
  const all = await get(links.targets, { accept: 'application/x-ndjson' });
  expect(all.body.trim().split('\n')).toHaveLength(10_000);
}, 30_000);

test('one idempotency key makes one job, however its path is spelled', async () => {
  const { websiteIds } = system.tenant;
  const body = {
    kind: 'bulk-invite',
    invite_method: 'direct',
    email: 'spelled@example.com',
    website_ids: websiteIds,
  };
  const headers = { 'idempotency-key': 'spelled' };
  const answers = await Promise.all(
    ['jobs', 'job%73', '%6aobs'].map((path) =>
      system.call('POST', `/api/v1/${path}`, { body, headers }),
    ),
  );
  expect(new Set(answers.map((answer) => answer.body.job.id)).size).toBe(1);
});

test('a failure threshold beyond any job is a 400', async () => {
  const answer = await submit({
    email: 'beyond@example.com',
    website_ids: system.tenant.websiteIds,
    failure_threshold: { count: 2_147_483_648 },
  });
  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
});

test('one target more than 10,000 is refused with the limit named, and nothing is made', async () => {
  const before = await system.db.selectFrom('jobs').select('id').execute();
  const distinct = [...unknown, ...system.tenant.websiteIds, ...system.tenant.groupIds];
  expect(new Set(distinct).size).toBe(10_001);
  const answer = await submit({
    email: 'more@example.com',
    website_ids: distinct,
  });
  expect(answer.status).toBe(413);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.body).toMatchObject({
    code: 'too_large',
    status: 413,
    detail: expect.stringContaining('10000'),
  });
  expect(await system.db.selectFrom('jobs').select('id').execute()).toEqual(before);
});

test('native routes refuse unknown fields, and name every place that is wrong', async () => {
  const answer = await submit({ email: 'nonsense', website_ids: ['x'], surprise: true });
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({
    code: 'invalid_request',
    request_id: answer.headers.get('x-request-id'),
  });
  const pointers = answer.body.errors.map((error: { pointer: string }) => error.pointer);
  expect(pointers).toEqual(expect.arrayContaining(['#/email', '#/website_ids/0']));
  expect(JSON.stringify(answer.body.errors)).toContain('surprise');
});

test('an unchanged job answers 304, a finished one another ETag', async () => {
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const { body } = await submit({
    email: 'later@example.com',
    website_ids: system.tenant.websiteIds,
    start_at: later,
  });
  expect(body.job.state).toBe('scheduled');
  const first = await get(body.job.links.self);
  const etag = first.headers.get('etag') as string;
  expect(etag).toMatch(/^W\/".+"$/);
  expect(first.headers.get('retry-after')).not.toBeNull();
  const second = await get(body.job.links.self, { 'if-none-match': etag });
  expect([second.status, second.body]).toEqual([304, '']);

  await sql`update tasks set due_at = now() where job_id = ${body.job.id}`.execute(system.db);
  const done = await get(`${body.job.links.self}?wait=30`, { 'if-none-match': etag });
  expect(done.status).toBe(200);
  expect(done.body.job.state).toBe('succeeded');
  expect(done.headers.get('etag')).not.toBe(etag);
  expect(done.headers.get('retry-after')).toBeNull();
});

test('wait=N answers as soon as the job is finished, and not before N seconds if it is not', async () => {
  const soon = await submit(
    { email: 'wait@example.com', website_ids: system.tenant.websiteIds },
    { prefer: 'wait=30' },
  );
  expect(soon.status).toBe(202);
  expect(soon.headers.get('preference-applied')).toBe('wait=30');
  expect(soon.body.job.state).toBe('succeeded');

  const start_at = new Date(Date.now() + 3_600_000).toISOString();
  const { body } = await submit({
    email: 'never@example.com',
    website_ids: system.tenant.websiteIds,
    start_at,
  });
  const began = performance.now();
  const answer = await get(`${body.job.links.self}?wait=1`);
  expect(performance.now() - began).toBeGreaterThanOrEqual(1_000);
  expect(answer.body.job.state).toBe('scheduled');
});

test('a job that reaches its failure threshold cancels its other targets', async () => {
  const { body } = await submit(
    {
      email: 'stop@example.com',
      website_ids: unknown.slice(0, 2_000),
      failure_threshold: { count: 100 },
    },
    { prefer: 'wait=30' },
  );
  expect(body.job.state).toBe('canceled');
  const { failed, canceled } = body.job.counts;
  expect(failed).toBeGreaterThanOrEqual(100);
  expect(canceled).toBeGreaterThan(0);
  expect(failed + canceled).toBe(2_000);
});

test('jobs are listed newest first, by state and kind, page by page, without counting against the limit', async () => {
  const all: string[] = [];
  const remaining = new Set<string | null>();
  for (let cursor = ''; ;) {
    const page = await get(`/api/v1/jobs?limit=2&cursor=${cursor}`);
    remaining.add(page.headers.get('x-rate-limit-remaining'));
    all.push(...page.body.jobs.map((job: { id: string }) => job.id));
    cursor = page.body.next_cursor;
    if (cursor === '') break;
  }
  expect([...remaining]).toEqual([expect.stringMatching(/^\d+$/)]);
  expect(all).toEqual([...new Set(all)].sort().reverse());
  const scheduled = await get('/api/v1/jobs?state=scheduled&kind=bulk-invite');
  expect(new Set(scheduled.body.jobs.map((job: { state: string }) => job.state))).toEqual(
    new Set(['scheduled']),
  );
  const foreign = await system.createTenant(1);
  const theirs = await system.call('GET', '/api/v1/jobs', { key: foreign.key });
  expect(theirs.body).toEqual({ jobs: [], next_cursor: '' });
  const hidden = await system.call('GET', `/api/v1/jobs/${all[0]}`, { key: foreign.key });
  const absent = await system.call('GET', `/api/v1/jobs/${unknown[0]}`, { key: foreign.key });
  expect([hidden.status, hidden.body.detail]).toEqual([absent.status, absent.body.detail]);
});
