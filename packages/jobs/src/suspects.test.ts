import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { waitFor } from '../../../test/support/wait-for.ts';
import { takeLease } from './lease.ts';
import { recordResults } from './record-results.ts';
import { runTask } from './run-task.ts';
import { findTasks } from './take-task.ts';
import { DONE, createTestCall } from './testing/test-call.ts';
import { raise } from './testing/test-kind.ts';
import {
  aCall,
  aJob,
  deliver,
  effectsOf,
  expireLease,
  outcomesOf,
  readJobRow,
  readTask,
  redeliver,
  tasksOf,
  useBench,
} from './testing/use-bench.ts';

const bench = useBench();

/** A process leased the task and died. */
async function die(engine: Parameters<typeof takeLease>[0], taskId: string): Promise<void> {
  await takeLease(engine, taskId, { token: crypto.randomUUID(), countAttempt: false });
  await expireLease(bench.db, taskId);
}

test('a suspect of many runs whole, leased; it is split once its own lease has died', async () => {
  const engine = bench.engine();
  const healthy = await aJob(bench, engine, 3);
  await runTask(engine, redeliver(healthy.tasks[0]!.id));
  expect(await readJobRow(bench.db, healthy.jobId)).toMatchObject({ succeeded: 3 });
  const ran = engine.kind.runs.length;

  const { jobId, tasks, targetIds } = await aJob(bench, engine, 3);
  await die(engine, tasks[0]!.id);
  await runTask(engine, redeliver(tasks[0]!.id));

  expect(engine.kind.runs).toHaveLength(ran);
  expect(await tasksOf(bench.db, jobId)).toMatchObject(
    targetIds.map((id, position) => ({
      positions: [position],
      target_ids: [id],
      suspect: true,
      deaths: 0,
      attempts: 0,
      sent_at: null,
    })),
  );
});

test('two processes that split one suspect split it once', async () => {
  const engines = [bench.engine(), bench.engine()] as const;
  const { jobId, tasks } = await aJob(bench, engines[0], 20);
  await die(engines[0], tasks[0]!.id);

  await Promise.all(engines.map((engine) => runTask(engine, redeliver(tasks[0]!.id))));

  expect(await tasksOf(bench.db, jobId)).toHaveLength(20);
});

test('nothing runs beside a suspect, and it waits for what runs already', async () => {
  const engine = bench.engine();
  const running = new Map<string, number>();
  let most = 0;
  let beside = 0;
  const suspects = await aJob(bench, engine, 1);
  const others = await Promise.all([1, 2, 3, 4, 5, 6].map(() => aJob(bench, engine, 1)));
  const { run } = engine.kind;
  engine.kind.run = async (trx, batch) => {
    running.set(batch.job.id, 1);
    most = Math.max(most, running.size);
    if (running.has(suspects.jobId)) beside = Math.max(beside, running.size - 1);
    // Long enough for any other to come in between.
    await sql`select pg_sleep(0.02)`.execute(trx);
    const results = await run(trx, batch);
    running.delete(batch.job.id);
    return results;
  };

  await Promise.all([
    ...others.slice(0, 3).map(({ tasks }) => runTask(engine, deliver(tasks[0]!.id))),
    runTask(engine, redeliver(suspects.tasks[0]!.id)),
    ...others.slice(3).map(({ tasks }) => runTask(engine, deliver(tasks[0]!.id))),
  ]);

  expect(beside).toBe(0);
  expect(most).toBeGreaterThan(1);
  expect(await readJobRow(bench.db, suspects.jobId)).toMatchObject({ succeeded: 1 });
});

test('a task of one ends internal_error at three deaths of its own lease, not before', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 1);
  const id = tasks[0]!.id;
  await die(engine, id);
  await die(engine, id);
  await die(engine, id);
  expect(await readTask(bench.db, id)).toMatchObject({ deaths: 2, attempts: 0 });

  await runTask(engine, redeliver(id));

  expect(engine.kind.runs).toEqual([]);
  expect(await outcomesOf(bench.db, jobId)).toMatchObject([
    { status: 'failed', code: 'internal_error', retryable: true },
  ]);
  expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, failed: 1 });
});

test('after two deaths a target still runs and may succeed', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 1);
  await die(engine, tasks[0]!.id);
  await die(engine, tasks[0]!.id);

  await runTask(engine, redeliver(tasks[0]!.id));

  expect(await outcomesOf(bench.db, jobId)).toMatchObject([{ code: 'added' }]);
});

test('a task that is handed back or waits for a retry starts with no deaths', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 1);
  await die(engine, tasks[0]!.id);
  await die(engine, tasks[0]!.id);
  engine.kind.behaviours.set(0, (trx) => raise(trx, 'P0001'));

  await runTask(engine, redeliver(tasks[0]!.id));

  expect(await tasksOf(bench.db, jobId)).toMatchObject([
    { deaths: 0, attempts: 1, suspect: false, lease_token: null, sent_at: null },
  ]);
});

test('a message for a task whose lease lives does nothing', async () => {
  const engine = bench.engine();
  const { tasks } = await aJob(bench, engine, 1);
  const token = crypto.randomUUID();
  await takeLease(engine, tasks[0]!.id, { token, countAttempt: false });
  const before = await readTask(bench.db, tasks[0]!.id);

  await runTask(engine, deliver(tasks[0]!.id));
  await runTask(engine, redeliver(tasks[0]!.id));

  expect(await readTask(bench.db, tasks[0]!.id)).toEqual(before);
  expect(engine.kind.runs).toEqual([]);
});

test('results under a lost lease are not recorded', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 1);
  const id = tasks[0]!.id;
  const theirs = crypto.randomUUID();
  let taken = false;
  engine.failpoint = async (name) => {
    if (name !== 'lease:after-commit' || taken) return;
    taken = true;
    await expireLease(bench.db, id);
    await takeLease(engine, id, { token: theirs, countAttempt: false });
  };

  await runTask(engine, redeliver(id));

  expect(await readTask(bench.db, id)).toMatchObject({ lease_token: theirs, deaths: 1 });
  expect(await outcomesOf(bench.db, jobId)).toEqual([]);
  expect(await effectsOf(bench.db, jobId)).toEqual([]);
});

test('results of a slow first run are not recorded once another process leased the task', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 1);
  const found = (await findTasks(bench.db, [tasks[0]!.id]))[0];
  await takeLease(engine, tasks[0]!.id, { token: crypto.randomUUID(), countAttempt: false });

  const recorded = await recordResults(
    engine,
    engine.kind,
    found!.task,
    found!.job!,
    null,
    (trx, targets) => engine.kind.run(trx, { job: found!.job!, targets }),
  );

  expect(recorded).toBeUndefined();
  expect(await outcomesOf(bench.db, jobId)).toEqual([]);
  expect(await effectsOf(bench.db, jobId)).toEqual([]);
});

test('an outside task that only waited long runs beside others; one whose lease ran out, alone', async () => {
  const inside: number[] = [];
  let now = 0;
  let company = 2;
  const call = createTestCall(async () => {
    now += 1;
    inside.push(now);
    await waitFor('company', () => inside.length >= company);
    await sql`select pg_sleep(0.02)`.execute(bench.db);
    now -= 1;
    return DONE;
  });
  const engine = bench.engine({ kinds: [call] });
  const waited = await Promise.all([1, 2, 3].map(() => aCall(bench)));
  await sql`update tasks set suspect = true where id = any (${waited}::uuid[])`.execute(bench.db);
  await Promise.all(waited.map((id) => runTask(engine, redeliver(id))));
  expect(Math.max(...inside)).toBeGreaterThan(1);

  inside.length = 0;
  company = 0;
  const died = await Promise.all([1, 2, 3].map(() => aCall(bench)));
  for (const id of died) await die(engine, id);
  await Promise.all(died.map((id) => runTask(engine, deliver(id))));
  expect(inside).toEqual([1, 1, 1]);
});
