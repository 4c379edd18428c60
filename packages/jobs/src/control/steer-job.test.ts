import { newId } from '@usher/db';
import { expect, test } from 'vitest';
import { sweep } from '../dispatch/sweep.ts';
import { jobState } from '../reading/job-state.ts';
import { runTask } from '../run-task.ts';
import { createTestQueue } from '../testing/test-queue.ts';
import {
  aJob,
  deliver,
  effectsOf,
  outcomesOf,
  readJobRow,
  tasksOf,
  useBench,
} from '../testing/use-bench.ts';
import { redriveJob } from './redrive-job.ts';
import { cancelJob, pauseJob, resumeJob } from './steer-job.ts';

const bench = useBench();
const me = () => ({ orgId: bench.orgId, onlyKeyId: null });
const FINISHED = { code: 'state_conflict', message: 'The job has finished' };

async function start(count: number) {
  const engine = bench.engine();
  const job = await aJob(bench, engine, count);
  const state = async () => jobState(await readJobRow(bench.db, job.jobId));
  const sweepNow = () => sweep(bench.db, createTestQueue());
  return { engine, state, sweepNow, ...job };
}

test('a job that is canceled before it begins ends canceled, and does nothing', async () => {
  const { engine, jobId, tasks, state } = await start(3);
  await cancelJob(engine, me(), jobId);
  await cancelJob(engine, me(), jobId);
  await runTask(engine, deliver(tasks[0]!.id));
  expect(await state()).toBe('canceled');
  expect(await effectsOf(bench.db, jobId)).toEqual([]);
  expect((await outcomesOf(bench.db, jobId)).map(({ status }) => status)).toEqual(
    Array(3).fill('canceled'),
  );
  // Once more: it is canceled, as was asked.
  await cancelJob(engine, me(), jobId);
});

test('targets that have an outcome keep it, the others are canceled at once, past any gate and time', async () => {
  const { engine, jobId, tasks, state, sweepNow } = await start(3);
  engine.kind.behaviours.set(1, () => {
    throw new Error('not now');
  });
  await runTask(engine, deliver(tasks[0]!.id));
  const [retry] = await tasksOf(bench.db, jobId);
  await bench.db
    .updateTable('tasks')
    .set({ due_at: new Date(Date.now() + 3_600_000), gate: 'shut' })
    .where('id', '=', retry!.id)
    .execute();
  await cancelJob(engine, me(), jobId);
  await sweepNow();
  const [due] = await tasksOf(bench.db, jobId);
  expect(due!.due_at.getTime()).toBeLessThanOrEqual(Date.now() + 1_000);
  expect(due!.gate).toBeNull();
  await runTask(engine, deliver(retry!.id));
  expect((await outcomesOf(bench.db, jobId)).map(({ status }) => status)).toEqual([
    'succeeded',
    'canceled',
    'succeeded',
  ]);
  expect(await state()).toBe('canceled');
});

test('a paused job does nothing until it is resumed, and then everything', async () => {
  const { engine, jobId, tasks, state, sweepNow } = await start(2);
  await pauseJob(engine, me(), jobId);
  await pauseJob(engine, me(), jobId);
  expect(await state()).toBe('paused');
  await runTask(engine, deliver(tasks[0]!.id));
  await sweepNow();
  expect(await tasksOf(bench.db, jobId)).toMatchObject([{ held: true }]);
  expect(await effectsOf(bench.db, jobId)).toEqual([]);

  await resumeJob(engine, me(), jobId);
  await resumeJob(engine, me(), jobId);
  await sweepNow();
  expect(await tasksOf(bench.db, jobId)).toMatchObject([{ held: false }]);
  await runTask(engine, deliver(tasks[0]!.id));
  expect(await state()).toBe('succeeded');
});

test('a paused job can be canceled, and is done without being resumed', async () => {
  const { engine, jobId, tasks, state, sweepNow } = await start(2);
  await pauseJob(engine, me(), jobId);
  await sweepNow();
  await cancelJob(engine, me(), jobId);
  await sweepNow();
  expect(await tasksOf(bench.db, jobId)).toMatchObject([{ held: false }]);
  for (const steer of [pauseJob, resumeJob]) {
    await expect(steer(engine, me(), jobId)).rejects.toMatchObject({
      code: 'state_conflict',
      message: 'The job is being canceled',
    });
  }
  await runTask(engine, deliver(tasks[0]!.id));
  expect(await state()).toBe('canceled');
});

test('a job that has finished cannot be canceled, paused or resumed', async () => {
  const { engine, jobId, tasks } = await start(1);
  await runTask(engine, deliver(tasks[0]!.id));
  const before = await readJobRow(bench.db, jobId);
  for (const steer of [cancelJob, pauseJob, resumeJob]) {
    await expect(steer(engine, me(), jobId)).rejects.toMatchObject(FINISHED);
  }
  expect(await readJobRow(bench.db, jobId)).toEqual(before);
});

test('who may not see a job cannot steer it', async () => {
  const { engine, jobId } = await start(1);
  const before = await readJobRow(bench.db, jobId);
  for (const steer of [cancelJob, pauseJob, resumeJob]) {
    for (const viewer of [
      { orgId: newId(), onlyKeyId: null },
      { orgId: bench.orgId, onlyKeyId: newId() },
    ]) {
      await expect(steer(engine, viewer, jobId)).rejects.toMatchObject({ code: 'not_found' });
    }
  }
  expect(await readJobRow(bench.db, jobId)).toEqual(before);
});

test('a job that counts as canceled can be canceled, whichever round that was', async () => {
  const { engine, jobId, tasks, state } = await start(1);
  await cancelJob(engine, me(), jobId);
  await runTask(engine, deliver(tasks[0]!.id));
  await bench.db
    .updateTable('jobs')
    .set({ cancel_requested_at: null })
    .where('id', '=', jobId)
    .execute();
  expect(await state()).toBe('canceled');
  await cancelJob(engine, me(), jobId);
});

test('a cancel that comes late leaves the next round its gates and times', async () => {
  const { engine, jobId, tasks, sweepNow } = await start(1);
  await cancelJob(engine, me(), jobId);
  await runTask(engine, deliver(tasks[0]!.id));
  await bench.db
    .transaction()
    .execute((trx) =>
      redriveJob(trx, { test: engine.kind }, { viewer: me(), jobId, codes: ['canceled'] }),
    );
  await bench.db.updateTable('tasks').set({ gate: 'shut' }).where('job_id', '=', jobId).execute();
  const before = await tasksOf(bench.db, jobId);
  await sweepNow();
  expect(await tasksOf(bench.db, jobId)).toEqual(before);
  expect(before).toMatchObject([{ round: 2, gate: 'shut' }]);
});

test('a paused job whose client stopped waiting ends without being resumed', async () => {
  const { engine, jobId, tasks, state, sweepNow } = await start(2);
  await pauseJob(engine, me(), jobId);
  await sweepNow();
  await bench.db
    .updateTable('jobs')
    .set({ fenced_at: new Date() })
    .where('id', '=', jobId)
    .execute();
  expect(await state()).toBe('queued');
  await sweepNow();
  expect(await tasksOf(bench.db, jobId)).toMatchObject([{ held: false }]);
  await runTask(engine, deliver(tasks[0]!.id));
  expect(await state()).toBe('failed');
  expect(await effectsOf(bench.db, jobId)).toEqual([]);
});

test('a canceled target tells how often it was tried, and whether it was', async () => {
  const { engine, jobId, tasks } = await start(2);
  engine.kind.behaviours.set(1, () => {
    throw new Error('not now');
  });
  await runTask(engine, deliver(tasks[0]!.id));
  await cancelJob(engine, me(), jobId);
  for (const { id } of await tasksOf(bench.db, jobId)) await runTask(engine, deliver(id));
  const untouched = await start(1);
  await cancelJob(engine, me(), untouched.jobId);
  await runTask(untouched.engine, deliver(untouched.tasks[0]!.id));
  expect(await outcomesOf(bench.db, jobId)).toMatchObject([
    { status: 'succeeded', attempts: 1 },
    {
      status: 'canceled',
      attempts: 1,
      message: 'The job was canceled before this target was tried again',
    },
  ]);
  expect(await outcomesOf(bench.db, untouched.jobId)).toMatchObject([
    { attempts: 0, message: 'The job was canceled before this target was reached' },
  ]);
});
