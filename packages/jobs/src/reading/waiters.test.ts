import { createNotifier, newId, type Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { PROGRESS_CHANNEL } from '../engine.ts';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { runTask } from '../run-task.ts';
import { aJob, deliver, useBench } from '../testing/use-bench.ts';
import { createWaiters, type Waiters } from './waiters.ts';

const bench = useBench();
let waiters: Waiters;
const errors: Error[] = [];
beforeAll(async () => {
  waiters = createWaiters({
    db: bench.db,
    url: bench.url,
    onError: (error) => errors.push(error),
  });
  await waitFor('the listener', async () => (await listeners()).length === 1);
});
afterAll(() => waiters.close());

const listeners = async () =>
  (
    await sql<{ pid: number }>`select pid from pg_stat_activity
      where application_name = 'usher-progress-listener' and datname = current_database()
        and query ilike 'listen%'`.execute(bench.db)
  ).rows;

const finish = (jobId: string) =>
  sql`update jobs set remaining = 0, succeeded = total, finished_at = now()
    where id = ${jobId}`.execute(bench.db);

test('a job that is finished already, or is not there, is not waited for', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 0);
  expect(await waiters.untilFinished(jobId, 60_000)).toBe(true);
  expect(await waiters.untilFinished(newId(), 60_000)).toBe(true);
});

test('everyone who waits for a job learns at once that it is finished', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 2);
  const waiting = Array.from({ length: 20 }, () => waiters.untilFinished(jobId, 60_000));
  const begun = performance.now();
  await runTask(engine, deliver(tasks[0]!.id));
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => true));
  // Far below the slow poll: it was the notification.
  expect(performance.now() - begun).toBeLessThan(1_900);
});

test('a job that finishes unsaid is found by looking', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 1);
  const waiting = waiters.untilFinished(jobId, 60_000);
  await finish(jobId);
  expect(await waiting).toBe(true);
});

test('a lost connection is survived: what was said meanwhile is looked up', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 1);
  const waiting = waiters.untilFinished(jobId, 60_000);
  const before = await listeners();
  await sql`select pg_terminate_backend(${before[0]!.pid})`.execute(bench.db);
  await finish(jobId);
  expect(await waiting).toBe(true);
  await waitFor('another listener', async () => {
    const now = await listeners();
    return now.length === 1 && now[0]!.pid !== before[0]!.pid;
  });
  const engine = bench.engine();
  const next = await aJob(bench, engine, 1);
  const again = waiters.untilFinished(next.jobId, 60_000);
  await runTask(engine, deliver(next.tasks[0]!.id));
  expect(await again).toBe(true);
});

test('waiting ends with the time allowed, or when the caller is gone', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 1);
  expect(await waiters.untilFinished(jobId, 0)).toBe(false);
  expect(await waiters.untilFinished(jobId, 50)).toBe(false);
  expect(await waiters.untilFinished(jobId, 60_000, AbortSignal.abort())).toBe(false);
  const caller = new AbortController();
  const waiting = waiters.untilFinished(jobId, 60_000, caller.signal);
  caller.abort();
  expect(await waiting).toBe(false);
});

test('closing sends everybody home', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 1);
  const closing = createWaiters({
    db: bench.db,
    url: bench.url,
    onError: (error) => errors.push(error),
  });
  const waiting = [1, 2, 3].map(() => closing.untilFinished(jobId, 60_000));
  await closing.close();
  expect(await Promise.all(waiting)).toEqual([false, false, false]);
});

/** The same database, and how many statements went through here. */
function counted(db: Kysely<Database>) {
  const seen = { db, statements: 0 };
  seen.db = db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      seen.statements += 1;
      return result;
    },
  });
  return seen;
}

async function statementsOf(waiterCount: number, notifications: number): Promise<number> {
  const { jobId } = await aJob(bench, bench.engine(), 1);
  const seen = counted(bench.db);
  const many = createWaiters({
    db: seen.db,
    url: bench.url,
    onError: (error) => errors.push(error),
  });
  onTestFinished(() => many.close());
  const waiting = Array.from({ length: waiterCount }, () => many.untilFinished(jobId, 60_000));
  await waitFor('the first look', () => seen.statements > 0);
  const said = createNotifier(bench.db, PROGRESS_CHANNEL, (error) => errors.push(error));
  for (let n = 0; n < notifications; n += 1) {
    said.notify(jobId);
    await said.flush();
  }
  await finish(jobId);
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => true));
  return seen.statements;
}

test('a thousand who wait for one job cost no more statements than one', async () => {
  const notifications = 50;
  // Each may be looked after, and so may the beginning and the slow polls.
  expect(await statementsOf(1_000, notifications)).toBeLessThan(notifications + 20);
});

test('a look that began before somebody came does not answer them', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 1);
  let late: Promise<boolean> | undefined;
  let hub: Waiters | undefined;
  const db = bench.db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      // The first look has read that the job is unfinished, and its answer is still on its way.
      if (!late) {
        await finish(jobId);
        late = hub?.untilFinished(jobId, 0);
      }
      return result;
    },
  });
  hub = createWaiters({ db, url: bench.url, onError: (error) => errors.push(error) });
  onTestFinished(() => hub?.close());
  expect(await hub.untilFinished(jobId, 60_000)).toBe(true);
  expect(await late).toBe(true);
});
