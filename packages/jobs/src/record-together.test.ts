import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { waitFor } from '../../../test/support/wait-for.ts';
import { createCompanions } from './companions.ts';
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

test('those of one subject go one after the other, and nobody waits for want of company', async () => {
  const companions = createCompanions();
  const groups: number[][] = [];
  const join = (entry: number, subject: string) =>
    companions.join({ class: 'one', subject }, entry, async (entries) => {
      groups.push(entries);
      await Promise.resolve();
      return entries.map((each) => each * 10);
    });
  const results = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((entry) => join(entry, entry % 2 ? 'odd' : 'even')),
  );
  expect(results).toEqual([10, 20, 30, 40, 50, 60]);
  for (const group of groups) expect(new Set(group.map((n) => n % 2)).size).toBe(group.length);
  // Who came in the same turn of the event loop; the others were the second of their subject.
  expect(groups).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
});

test('a group that fails rejects for each of its members', async () => {
  const companions = createCompanions();
  const failing = [1, 2, 3].map((entry) =>
    companions.join({ class: 'one', subject: `${entry}` }, entry, async () => {
      throw new Error('together');
    }),
  );
  const settled = await Promise.allSettled(failing);
  expect(settled.map((each) => each.status)).toEqual(['rejected', 'rejected', 'rejected']);
});

test('what cannot share runs beside others, not too many at once, each in its turn', async () => {
  const companions = createCompanions();
  let running = 0;
  let most = 0;
  const done: number[] = [];
  const failing = 5;
  const settled = await Promise.allSettled(
    Array.from({ length: 30 }, (_, n) =>
      companions.apart(`${n % 3}`, async () => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        done.push(n);
        if (n === failing) throw new Error('alone');
      }),
    ),
  );
  expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(done).toEqual(Array.from({ length: 30 }, (_, n) => n));
  expect(most).toBe(8);
});
