import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { runTask } from './run-task.ts';
import {
  aJob,
  deliver,
  effectsOf,
  outcomesOf,
  readJobRow,
  readTask,
  redeliver,
  tasksOf,
  useBench,
} from './testing/use-bench.ts';

const bench = useBench();

const setFlag = (jobId: string, flag: string, value: string) =>
  sql`update jobs set ${sql.ref(flag)} = ${sql.raw(value)} where id = ${jobId}`.execute(bench.db);

test('a paused job’s task is handed back held, and runs once the flag is gone', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 3);
  const id = tasks[0]!.id;
  await setFlag(jobId, 'paused_at', 'now()');
  await sql`update tasks set sent_at = now() where id = ${id}`.execute(bench.db);

  await runTask(engine, deliver(id));

  expect(engine.kind.runs).toEqual([]);
  expect(await readTask(bench.db, id)).toMatchObject({ held: true, sent_at: null, attempts: 0 });

  await setFlag(jobId, 'paused_at', 'null');
  await runTask(engine, deliver(id));
  expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, succeeded: 3 });
});

test.each([
  ['first', deliver],
  ['redelivered', redeliver],
])('a canceled job’s task (message %s) records canceled', async (_, message) => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 1);
  await setFlag(jobId, 'cancel_requested_at', 'now()');

  await runTask(engine, message(tasks[0]!.id));

  expect(await outcomesOf(bench.db, jobId)).toMatchObject([{ status: 'canceled' }]);
  expect(await effectsOf(bench.db, jobId)).toEqual([]);
  expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, canceled: 1 });
});

test('a job that is paused and canceled is canceled', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 2);
  await setFlag(jobId, 'paused_at', 'now()');
  await setFlag(jobId, 'cancel_requested_at', 'now()');

  await runTask(engine, deliver(tasks[0]!.id));

  expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, canceled: 2 });
});

test('a cancel that comes while a suspect waits its turn is heeded', async () => {
  const engine = bench.engine();
  const other = await aJob(bench, engine, 1);
  const { jobId, tasks } = await aJob(bench, engine, 1);
  const { run } = engine.kind;
  const { alone } = engine.turnstile;
  let suspect: Promise<void> | undefined;
  const itsTurn = new Promise<void>((waits) => {
    engine.turnstile.alone = (work) => {
      waits();
      return alone(work);
    };
  });
  engine.kind.run = async (trx, batch) => {
    if (batch.job.id === other.jobId) {
      suspect = runTask(engine, redeliver(tasks[0]!.id));
      await itsTurn;
      await setFlag(jobId, 'cancel_requested_at', 'now()');
    }
    return run(trx, batch);
  };

  await runTask(engine, deliver(other.tasks[0]!.id));
  await suspect;

  expect(await readJobRow(bench.db, jobId)).toMatchObject({ canceled: 1, succeeded: 0 });
});

test('the failure threshold cancels the rest, in the middle of a task that runs target by target too', async () => {
  const engine = bench.engine({ retry: { baseMs: 1, attempts: 1 } });
  const { jobId, tasks } = await aJob(bench, engine, 600, { failureLimit: 3 });
  for (const position of [0, 1, 2, 3]) {
    engine.kind.behaviours.set(position, () => {
      throw new Error('never');
    });
  }

  await runTask(engine, deliver(tasks[0]!.id));
  expect(await readJobRow(bench.db, jobId)).toMatchObject({
    failed: 3,
    cancel_requested_at: expect.any(Date),
  });
  for (const task of tasks.slice(1)) await runTask(engine, deliver(task.id));

  expect(await readJobRow(bench.db, jobId)).toMatchObject({
    remaining: 0,
    failed: 3,
    succeeded: 0,
    canceled: 597,
  });
});

test('failures below the threshold, or with nothing left to cancel, cancel nothing', async () => {
  const engine = bench.engine({ retry: { baseMs: 1, attempts: 1 } });
  const { jobId, tasks } = await aJob(bench, engine, 2, { failureLimit: 1 });
  engine.kind.behaviours.set(1, () => {
    throw new Error('never');
  });

  await runTask(engine, deliver(tasks[0]!.id));

  expect(await tasksOf(bench.db, jobId)).toEqual([]);
  expect(await readJobRow(bench.db, jobId)).toMatchObject({
    succeeded: 1,
    failed: 1,
    cancel_requested_at: null,
  });
});
