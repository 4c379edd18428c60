import { expect, test } from 'vitest';
import { runTask } from './run-task.ts';
import { raise } from './testing/test-kind.ts';
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

test('a target that fails for a passing reason becomes a task of one, its neighbours finished', async () => {
  const engine = bench.engine({ retry: { baseMs: 1_000_000, attempts: 6 } });
  const { jobId, tasks, targetIds } = await aJob(bench, engine, 5);
  engine.kind.behaviours.set(2, () => {
    throw new Error('not now');
  });
  const before = Date.now();

  await runTask(engine, deliver(tasks[0]!.id));

  expect((await outcomesOf(bench.db, jobId)).map((row) => row.position)).toEqual([0, 1, 3, 4]);
  expect(await effectsOf(bench.db, jobId)).toHaveLength(4);
  const [retry, ...more] = await tasksOf(bench.db, jobId);
  expect(more).toEqual([]);
  expect(retry).toMatchObject({
    positions: [2],
    target_ids: [targetIds[2]],
    attempts: 1,
    last_code: 'internal_error',
    sent_at: null,
    lease_token: null,
    suspect: false,
    gate: null,
  });
  expect(retry!.due_at.getTime()).toBeGreaterThan(before);
  expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 1, succeeded: 4 });

  engine.kind.behaviours.clear();
  await runTask(engine, deliver(retry!.id));
  expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, succeeded: 5 });
  expect((await outcomesOf(bench.db, jobId)).map((row) => row.attempts)).toEqual([1, 1, 2, 1, 1]);
});

test('after its attempts a target ends internal_error, and the job finishes', async () => {
  const engine = bench.engine({ retry: { baseMs: 1, attempts: 3 } });
  const { jobId, tasks } = await aJob(bench, engine, 2);
  engine.kind.behaviours.set(1, () => {
    throw new Error('never');
  });

  await runTask(engine, deliver(tasks[0]!.id));
  for (const attempts of [1, 2]) {
    const [retry] = await tasksOf(bench.db, jobId);
    expect(retry).toMatchObject({ positions: [1], attempts });
    await runTask(engine, deliver(retry!.id));
  }

  expect(await tasksOf(bench.db, jobId)).toEqual([]);
  expect((await outcomesOf(bench.db, jobId))[1]).toMatchObject({
    status: 'failed',
    code: 'internal_error',
    attempts: 3,
    retryable: true,
  });
  expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, failed: 1 });
});

test('a known constraint violation becomes that target’s own failure', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 3);
  engine.kind.behaviours.set(1, (trx) => raise(trx, '23503', 'known'));

  await runTask(engine, deliver(tasks[0]!.id));

  expect(await outcomesOf(bench.db, jobId)).toMatchObject([
    { code: 'added' },
    { code: 'not_found', status: 'failed', retryable: false },
    { code: 'added' },
  ]);
  expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, failed: 1 });
});

test.each(['40001', '40P01', '57P01', '55P03', '53300', '08006', '25006', '42703'])(
  'a failure of the database’s own (%s) counts no attempt and loses nothing',
  async (code) => {
    const engine = bench.engine();
    const { jobId, tasks, targetIds } = await aJob(bench, engine, 3);
    let failures = 2;
    engine.kind.behaviours.set(1, async (trx) => {
      if (failures-- > 0) await raise(trx, code);
    });

    await runTask(engine, deliver(tasks[0]!.id));

    expect(engine.kind.runs).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect((await outcomesOf(bench.db, jobId)).map((row) => row.attempts)).toEqual([1, 1, 1]);
    expect(await effectsOf(bench.db, jobId)).toEqual(targetIds.toSorted());
  },
);

test.each(['57014', '22003', '23514', 'P0001'])(
  'what may lie in a target (%s) falls back to one by one',
  async (code) => {
    const engine = bench.engine();
    const { jobId, tasks } = await aJob(bench, engine, 4);
    engine.kind.behaviours.set(2, (trx) => raise(trx, code));

    await runTask(engine, deliver(tasks[0]!.id));

    expect(engine.kind.runs).toEqual([[0, 1, 2, 3], [0], [1], [2], [3]]);
    expect((await outcomesOf(bench.db, jobId)).map((row) => row.position)).toEqual([0, 1, 3]);
    expect(await tasksOf(bench.db, jobId)).toMatchObject([{ positions: [2], attempts: 1 }]);
  },
);

test('a process that stops in the middle counts nothing and leaves the task as it was', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 2);
  engine.kind.behaviours.set(0, async (trx) => {
    engine.stop();
    await raise(trx, '40001');
  });

  await runTask(engine, deliver(tasks[0]!.id));

  expect(await tasksOf(bench.db, jobId)).toEqual(tasks);
  expect(engine.kind.runs).toHaveLength(1);
});
