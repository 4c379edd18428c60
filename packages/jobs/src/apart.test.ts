import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { runTask } from './run-task.ts';
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
