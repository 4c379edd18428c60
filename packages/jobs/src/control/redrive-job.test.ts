import { expect, test } from 'vitest';
import { runTask } from '../run-task.ts';
import { raise } from '../testing/test-kind.ts';
import {
  aJob,
  deliver,
  effectsOf,
  outcomesOf,
  readJobRow,
  tasksOf,
  useBench,
} from '../testing/use-bench.ts';
import { redriveJob, type Redrive } from './redrive-job.ts';
import { cancelJob } from './steer-job.ts';

const bench = useBench();
const me = () => ({ orgId: bench.orgId, onlyKeyId: null });

/** A job of so many targets, of which these fail for good. */
async function aJobWith(count: number, failing: number[], ownsRows = true) {
  const engine = bench.engine({ ownsRows });
  const { jobId, tasks, targetIds } = await aJob(bench, engine, count);
  for (const position of failing) {
    engine.kind.behaviours.set(position, (trx) => raise(trx, '23505', 'known'));
  }
  await runTask(engine, deliver(tasks[0]!.id));
  const redrive = (more: Redrive = {}) =>
    bench.db
      .transaction()
      .execute((trx) => redriveJob(trx, { test: engine.kind }, { viewer: me(), jobId, ...more }));
  const run = async () => {
    for (const { id } of await tasksOf(bench.db, jobId)) await runTask(engine, deliver(id));
  };
  return { engine, jobId, targetIds, redrive, run, job: () => readJobRow(bench.db, jobId) };
}

test('only what failed is tried again, in a new round; no success is repeated', async () => {
  const { engine, jobId, redrive, run, job } = await aJobWith(5, [1, 3]);
  expect(await job()).toMatchObject({ round: 1, succeeded: 3, failed: 2, remaining: 0 });
  await redrive();
  expect(await job()).toMatchObject({
    round: 2,
    succeeded: 3,
    failed: 0,
    remaining: 2,
    finished_at: null,
  });
  expect((await tasksOf(bench.db, jobId))[0]).toMatchObject({ round: 2, positions: [1, 3] });
  engine.kind.behaviours.delete(1);
  await run();
  expect(await job()).toMatchObject({ round: 2, succeeded: 4, failed: 1, remaining: 0 });
  await redrive();
  engine.kind.behaviours.clear();
  await run();
  expect(await job()).toMatchObject({ round: 3, succeeded: 5, failed: 0 });
  expect((await job()).finished_at).not.toBeNull();
  const effects = await effectsOf(bench.db, jobId);
  expect(new Set(effects).size).toBe(effects.length);
  expect(effects).toHaveLength(5);
  expect(
    (await outcomesOf(bench.db, jobId)).map(({ round, position }) => [round, position]),
  ).toEqual([
    [1, 0],
    [1, 1],
    [1, 2],
    [1, 3],
    [1, 4],
    [2, 1],
    [2, 3],
    [3, 3],
  ]);
});

test('a redrive that matches nothing changes nothing', async () => {
  const { redrive, job } = await aJobWith(2, [0]);
  const before = await job();
  expect(await redrive({ codes: ['already_member'] })).toEqual([]);
  expect(await job()).toEqual(before);
});

test('canceled targets are tried again where their code is named, and only there', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 2);
  await cancelJob(engine, me(), jobId);
  await runTask(engine, deliver(tasks[0]!.id));
  const redrive = (codes?: string[]) =>
    bench.db
      .transaction()
      .execute((trx) => redriveJob(trx, { test: engine.kind }, { viewer: me(), jobId, codes }));
  await redrive();
  expect(await readJobRow(bench.db, jobId)).toMatchObject({ round: 1, canceled: 2 });
  await redrive(['canceled']);
  expect(await readJobRow(bench.db, jobId)).toMatchObject({
    round: 2,
    canceled: 0,
    cancel_requested_at: null,
  });
  await runTask(engine, deliver((await tasksOf(bench.db, jobId))[0]!.id));
  expect(await readJobRow(bench.db, jobId)).toMatchObject({ succeeded: 2, remaining: 0 });
});

test('of two redrives at once one begins a round, and the other is told', async () => {
  const { redrive, job, jobId } = await aJobWith(4, [0, 1, 2, 3]);
  const both = await Promise.allSettled([redrive(), redrive()]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  const refused = both.find((each) => each.status === 'rejected');
  expect(refused?.reason).toMatchObject({ code: 'state_conflict' });
  expect(await job()).toMatchObject({ round: 2, remaining: 4 });
  expect(await tasksOf(bench.db, jobId)).toHaveLength(1);
});

test('a job that has not finished cannot be redriven', async () => {
  const engine = bench.engine();
  const { jobId } = await aJob(bench, engine, 1);
  await expect(
    bench.db
      .transaction()
      .execute((trx) => redriveJob(trx, { test: engine.kind }, { viewer: me(), jobId })),
  ).rejects.toMatchObject({ code: 'state_conflict' });
});

test('failures of earlier rounds do not stop a later one at the threshold', async () => {
  const engine = bench.engine();
  const { jobId } = await aJob(bench, engine, 500, { failureLimit: 2 });
  for (const position of [0, 1]) {
    engine.kind.behaviours.set(position, (trx) => raise(trx, '23505', 'known'));
  }
  const run = async () => {
    for (const { id } of await tasksOf(bench.db, jobId)) await runTask(engine, deliver(id));
  };
  await run();
  expect(await readJobRow(bench.db, jobId)).toMatchObject({
    failed: 2,
    canceled: 498,
    remaining: 0,
  });
  const redrive = (codes: string[]) =>
    bench.db
      .transaction()
      .execute((trx) => redriveJob(trx, { test: engine.kind }, { viewer: me(), jobId, codes }));
  await redrive(['canceled']);
  await run();
  expect(await readJobRow(bench.db, jobId)).toMatchObject({
    succeeded: 498,
    failed: 2,
    canceled: 0,
    cancel_requested_at: null,
  });
});

test('a job whose client was told that nothing changed is not redriven', async () => {
  const { redrive, job, jobId } = await aJobWith(2, [0]);
  await bench.db.updateTable('jobs').set({ acknowledged: false }).where('id', '=', jobId).execute();
  const before = await job();
  await expect(redrive()).rejects.toMatchObject({
    code: 'state_conflict',
    message: 'The request of this job was refused: repeat that',
  });
  expect(await job()).toEqual(before);
  // Where nothing is to be tried, there is nothing to refuse.
  expect(await redrive({ codes: ['already_member'] })).toEqual([]);
});

test('targets of a scheduled job that was canceled wait for its start', async () => {
  const engine = bench.engine();
  const startAt = new Date(Date.now() + 3_600_000);
  const { jobId, tasks } = await aJob(bench, engine, 1, { startAt });
  await cancelJob(engine, me(), jobId);
  await runTask(engine, deliver(tasks[0]!.id));
  expect(await readJobRow(bench.db, jobId)).toMatchObject({ canceled: 1, started_at: null });
  await bench.db
    .transaction()
    .execute((trx) =>
      redriveJob(trx, { test: engine.kind }, { viewer: me(), jobId, codes: ['canceled'] }),
    );
  expect(await tasksOf(bench.db, jobId)).toMatchObject([{ due_at: startAt }]);
});
