import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runTask } from './run-task.ts';
import { startCuttingProxy, type CuttingProxy } from '../../../test/support/cutting-proxy.ts';
import {
  aJob,
  deliver,
  effectsOf,
  outcomesOf,
  readJobRow,
  tasksOf,
  useBench,
} from './testing/use-bench.ts';

const bench = useBench();
let proxy: CuttingProxy;
beforeAll(async () => {
  proxy = await startCuttingProxy(bench.url);
});
afterAll(() => proxy.close());

test('a connection terminated in the middle of the transaction counts nothing and loses nothing', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 3);
  let kills = 2;
  engine.kind.behaviours.set(1, async (trx) => {
    if (kills-- <= 0) return;
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
    await sql`select pg_terminate_backend(${rows[0]!.pid}, 5000)`.execute(bench.db);
  });

  await runTask(engine, deliver(tasks[0]!.id));

  expect(engine.kind.runs).toHaveLength(3);
  expect((await outcomesOf(bench.db, jobId)).map((row) => row.attempts)).toEqual([1, 1, 1]);
  expect(await effectsOf(bench.db, jobId)).toHaveLength(3);
});

test('a connection terminated before its COMMIT counts nothing and loses nothing', async () => {
  let pid = 0;
  let kills = 1;
  const engine = bench.engine({
    failpoint: async (name) => {
      if (name !== 'record:before-commit' || kills-- <= 0) return;
      await sql`select pg_terminate_backend(${pid}, 5000)`.execute(bench.db);
    },
  });
  const { jobId, tasks } = await aJob(bench, engine, 2);
  engine.kind.behaviours.set(0, async (trx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
    pid = rows[0]!.pid;
  });

  await runTask(engine, deliver(tasks[0]!.id));

  expect(engine.kind.runs).toHaveLength(2);
  expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, succeeded: 2 });
  expect(await effectsOf(bench.db, jobId)).toHaveLength(2);
});

test.each(['before', 'after'] as const)(
  'a COMMIT whose answer is lost (%s Postgres heard it) records once',
  async (when) => {
    const engine = bench.engine({ url: proxy.url });
    const { jobId, tasks } = await aJob(bench, engine, 2);
    engine.kind.behaviours.set(0, () => {
      if (engine.kind.runs.length === 1) proxy.cutNextCommit(when);
    });
    const cuts = proxy.cuts;

    await runTask(engine, deliver(tasks[0]!.id));

    expect(proxy.cuts).toBe(cuts + 1);
    expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, succeeded: 2 });
    expect(await effectsOf(bench.db, jobId)).toHaveLength(2);
    expect(await tasksOf(bench.db, jobId)).toEqual([]);
  },
);

test('Postgres away for longer than patience costs no attempt: the task is left as it was', async () => {
  const engine = bench.engine({ url: proxy.url });
  const { jobId, tasks } = await aJob(bench, engine, 3);
  // One target of many that the database alone fails, for ever, as far as this process can wait.
  const now = vi.spyOn(performance, 'now');
  engine.kind.behaviours.set(1, () => {
    now.mockReturnValue(performance.timeOrigin + 10 ** 9);
    proxy.setDown(true);
  });

  await runTask(engine, deliver(tasks[0]!.id)).finally(() => {
    now.mockRestore();
    proxy.setDown(false);
  });

  expect(engine.kind.runs).toEqual([[0, 1, 2]]);
  expect(await tasksOf(bench.db, jobId)).toEqual(tasks);
  expect(await outcomesOf(bench.db, jobId)).toEqual([]);
});

test('SQL that does not fit the schema is handed back for a moment: nothing counted, nobody suspected', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 2);
  engine.kind.behaviours.set(0, async (trx) => {
    await sql`select * from no_such_table`.execute(trx);
  });

  await runTask(engine, deliver(tasks[0]!.id));

  const left = await tasksOf(bench.db, jobId);
  expect(left).toMatchObject([{ attempts: 0, deaths: 0, suspect: false, sent_at: null }]);
  expect(left[0]!.due_at.getTime()).toBeGreaterThan(tasks[0]!.due_at.getTime() + 4_000);
  expect(await outcomesOf(bench.db, jobId)).toEqual([]);
});
