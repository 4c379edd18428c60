import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { runTask } from './run-task.ts';
import { raise } from './testing/test-kind.ts';
import {
  aJob,
  deliver,
  effectsOf,
  readJobRow,
  readTask,
  redeliver,
  useBench,
  type TestEngine,
} from './testing/use-bench.ts';

const bench = useBench();

/** As many as an organization may have apart, until they are let go. */
function occupy({ companions }: TestEngine): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (let n = 0; n < 4; n += 1) {
    void companions.apart({ owner: bench.orgId, subject: `other ${n}` }, () => promise);
  }
  return resolve;
}

/** Until the task waits for its turn. */
async function waits({ companions }: TestEngine, taskId: string): Promise<void> {
  while (!companions.isApart(taskId)) await new Promise((resolve) => setImmediate(resolve));
}

test.each([
  ['paused', { remaining: 3, succeeded: 0, canceled: 0 }],
  ['cancel_requested', { remaining: 0, succeeded: 0, canceled: 3 }],
])('nothing is begun of a job that is %s while its task waits its turn', async (flag, row) => {
  const engine = bench.engine();
  const letGo = occupy(engine);
  const { jobId, tasks } = await aJob(bench, engine, 3);
  const running = runTask(engine, deliver(tasks[0]!.id));
  await waits(engine, tasks[0]!.id);
  await sql`update jobs set ${sql.ref(`${flag}_at`)} = now() where id = ${jobId}`.execute(bench.db);
  letGo();
  await running;
  expect(engine.kind.runs).toEqual([]);
  expect(await readJobRow(bench.db, jobId)).toMatchObject(row);
});

test('a second message of a task that waits its turn stops nobody, and runs it no second time', async () => {
  const engine = bench.engine();
  const letGo = occupy(engine);
  const { jobId, tasks } = await aJob(bench, engine, 3);
  const [task] = tasks;
  const running = runTask(engine, deliver(task!.id));
  await waits(engine, task!.id);
  // It was silent for long: the sweep sends it again.
  await sql`update tasks set suspect = true, sent_at = now() where id = ${task!.id}`.execute(
    bench.db,
  );
  await runTask(engine, redeliver(task!.id));
  expect(await readTask(bench.db, task!.id)).toMatchObject({ lease_token: null, deaths: 0 });
  letGo();
  await running;
  expect(await effectsOf(bench.db, jobId)).toHaveLength(3);
  expect(engine.kind.runs).toEqual([[0, 1, 2]]);
});

test('of a job that is paused while its targets run one by one, the others wait as they are', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 4);
  engine.kind.behaviours.set(0, (trx) => raise(trx, '23505', 'known'));
  engine.kind.behaviours.set(1, async () => {
    await sql`update jobs set paused_at = now() where id = ${jobId}`.execute(bench.db);
  });
  await runTask(engine, deliver(tasks[0]!.id));
  // All at once, which failed, and then one by one.
  expect(engine.kind.runs).toEqual([[0, 1, 2, 3], [0], [1]]);
  expect(await readTask(bench.db, tasks[0]!.id)).toMatchObject({
    positions: [2, 3],
    held: true,
    lease_token: null,
    attempts: 0,
  });
  await sql`update jobs set paused_at = null where id = ${jobId}`.execute(bench.db);
  await runTask(engine, deliver(tasks[0]!.id));
  expect(await readJobRow(bench.db, jobId)).toMatchObject({
    remaining: 0,
    succeeded: 3,
    failed: 1,
  });
});
