import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { newId } from '@usher/db';
import { runTask } from '../run-task.ts';
import { aJob, anOrganization, deliver, useBench } from '../testing/use-bench.ts';
import { listJobs, requireJob } from './read-jobs.ts';

const bench = useBench();

test('jobs are listed newest first, each once over all pages, and no other organization’s', async () => {
  const orgId = await anOrganization(bench.db);
  const engine = bench.engine();
  const made: string[] = [];
  for (let n = 0; n < 7; n += 1) made.push((await aJob(bench, engine, 1, { orgId })).jobId);
  await aJob(bench, engine, 1);
  const listed: string[] = [];
  let cursor = '';
  do {
    const page = await listJobs(
      bench.db,
      { orgId, onlyKeyId: null },
      { limit: 3, ...(cursor === '' ? {} : { cursor }) },
    );
    listed.push(...page.jobs.map((job) => job.id));
    cursor = page.next_cursor;
  } while (cursor !== '');
  expect(listed).toEqual(made.toReversed());
});

test('a full last page ends the list', async () => {
  const orgId = await anOrganization(bench.db);
  const engine = bench.engine();
  for (let n = 0; n < 4; n += 1) await aJob(bench, engine, 1, { orgId });
  const viewer = { orgId, onlyKeyId: null };
  const first = await listJobs(bench.db, viewer, { limit: 2 });
  const last = await listJobs(bench.db, viewer, { limit: 2, cursor: first.next_cursor });
  expect([first.jobs.length, last.jobs.length, last.next_cursor]).toEqual([2, 2, '']);
});

test('jobs are filtered by the state that is shown', async () => {
  const orgId = await anOrganization(bench.db);
  const engine = bench.engine();
  const done = await aJob(bench, engine, 1, { orgId });
  await runTask(engine, deliver(done.tasks[0]!.id));
  const waiting = await aJob(bench, engine, 1, { orgId });
  const paused = await aJob(bench, engine, 1, { orgId });
  await sql`update jobs set paused_at = now() where id = ${paused.jobId}`.execute(bench.db);
  for (const [state, jobId] of [
    ['succeeded', done.jobId],
    ['queued', waiting.jobId],
    ['paused', paused.jobId],
  ] as const) {
    const { jobs } = await listJobs(bench.db, { orgId, onlyKeyId: null }, { limit: 9, state });
    expect(jobs.map((job) => [job.id, job.state])).toEqual([[jobId, state]]);
  }
});

test('counts add up while some targets wait and some are tried again', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 4);
  engine.kind.behaviours.set(2, () => {
    throw new Error('not now');
  });
  await runTask(engine, deliver(tasks[0]!.id));
  const viewer = { orgId: bench.orgId, onlyKeyId: null };
  expect((await requireJob(bench.db, viewer, jobId)).counts).toEqual({
    total: 4,
    pending: 0,
    retrying: 1,
    succeeded: 3,
    failed: 0,
    canceled: 0,
  });
});

test('a job is not found by another organization, nor by a key that did not submit it', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 1);
  const other = await anOrganization(bench.db);
  const notFound = { code: 'not_found' };
  await expect(
    requireJob(bench.db, { orgId: other, onlyKeyId: null }, jobId),
  ).rejects.toMatchObject(notFound);
  await expect(
    requireJob(bench.db, { orgId: bench.orgId, onlyKeyId: newId() }, jobId),
  ).rejects.toMatchObject(notFound);
});
