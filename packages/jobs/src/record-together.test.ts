import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { waitFor } from '../../../test/support/wait-for.ts';
import { runTask } from './run-task.ts';
import { raise } from './testing/test-kind.ts';
import {
  aJob,
  deliver,
  effectsOf,
  outcomesOf,
  readJobRow,
  useBench,
  type TestEngine,
} from './testing/use-bench.ts';

const bench = useBench();
const anEngine = () => bench.engine({ ownsRows: false, retry: { baseMs: 1, attempts: 1 } });
const jobs = (engine: TestEngine, count: number) =>
  Promise.all(Array.from({ length: count }, () => aJob(bench, engine, 3)));
const runAll = (engine: TestEngine, all: Array<Awaited<ReturnType<typeof aJob>>>) =>
  Promise.all(all.map(({ tasks }) => runTask(engine, deliver(tasks[0]!.id))));

test('tasks that arrive together share transactions, and each job has its own outcomes', async () => {
  const engine = anEngine();
  const all = await jobs(engine, 20);
  await runAll(engine, all);
  expect(Math.max(...engine.kind.groups)).toBeGreaterThan(1);
  expect(engine.kind.groups.reduce((sum, size) => sum + size, 0)).toBe(20);
  for (const { jobId, targetIds } of all) {
    expect((await outcomesOf(bench.db, jobId)).map((row) => row.target_id)).toEqual(targetIds);
    expect(await effectsOf(bench.db, jobId)).toEqual(targetIds.toSorted());
    expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, succeeded: 3 });
  }
});

test('a target that fails its transaction fails for itself alone', async () => {
  const engine = anEngine();
  const all = await jobs(engine, 12);
  const [bad] = all;
  engine.kind.behaviours.set(1, async (trx, target) => {
    if (target.targetId === bad!.targetIds[1]) await raise(trx, '22012');
  });
  await runAll(engine, all);
  for (const { jobId } of all.slice(1)) {
    expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, succeeded: 3 });
    expect(await effectsOf(bench.db, jobId)).toHaveLength(3);
  }
  expect(await readJobRow(bench.db, bad!.jobId)).toMatchObject({ succeeded: 2, failed: 1 });
  expect(await effectsOf(bench.db, bad!.jobId)).toHaveLength(2);
});

test('a fenced job changes nothing of its own, and everything of its companions', async () => {
  const engine = anEngine();
  const all = await jobs(engine, 12);
  const fenced = all[5]!.jobId;
  await sql`update jobs set fenced_at = now() where id = ${fenced}`.execute(bench.db);
  await runAll(engine, all);
  for (const { jobId } of all) {
    const its = jobId === fenced ? { failed: 3, succeeded: 0 } : { failed: 0, succeeded: 3 };
    expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, ...its });
    expect(await effectsOf(bench.db, jobId)).toHaveLength(its.succeeded);
  }
});

test('a job that is fenced while its group runs sends nobody else out of it', async () => {
  const engine = anEngine();
  const all = await jobs(engine, 12);
  const { jobId: fenced, targetIds } = all[5]!;
  engine.kind.behaviours.set(1, async (_, { targetId }) => {
    if (targetId !== targetIds[1]) return;
    await sql`update jobs set fenced_at = now() where id = ${fenced}`.execute(bench.db);
  });
  await runAll(engine, all);
  for (const { jobId } of all) {
    const its = jobId === fenced ? { failed: 3, succeeded: 0 } : { failed: 0, succeeded: 3 };
    expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, ...its });
    expect(await effectsOf(bench.db, jobId)).toHaveLength(its.succeeded);
  }
  const inGroups = engine.kind.groups.reduce((sum, size) => sum + size, 0);
  expect(engine.kind.runs).toHaveLength(inGroups);
});

test('processes with the same messages record each task once, whoever is its companion', async () => {
  const engines = [anEngine(), anEngine()];
  const all = await jobs(engines[0]!, 30);
  const orders = [all, all.toReversed()];
  await Promise.all(engines.map((engine, at) => runAll(engine, orders[at]!)));
  for (const { jobId } of all) {
    expect(await effectsOf(bench.db, jobId)).toHaveLength(3);
    expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, succeeded: 3 });
  }
});

test('one that waits for what somebody holds keeps none of its companions waiting', async () => {
  const engine = anEngine();
  const all = await jobs(engine, 12);
  const [stuck, ...others] = all.map(({ jobId }) => jobId) as [string, ...string[]];
  const bad = all[0]!.targetIds[1];
  engine.kind.behaviours.set(1, async (trx, { targetId }) => {
    if (targetId === bad) await sql`select pg_advisory_xact_lock(4711)`.execute(trx);
  });
  const remaining = (jobId: string) => readJobRow(bench.db, jobId).then((job) => job.remaining);
  let running: Promise<unknown> | undefined;
  await bench.db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(4711)`.execute(trx);
    running = runAll(engine, all);
    await waitFor('all others', async () => {
      const left = await Promise.all(others.map(remaining));
      return left.every((count) => count === 0);
    });
    expect(await remaining(stuck)).toBe(3);
  });
  await running;
  expect(await remaining(stuck)).toBe(0);
});
