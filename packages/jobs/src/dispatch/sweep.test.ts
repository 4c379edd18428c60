import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { takeLease } from '../lease.ts';
import { createTestQueue } from '../testing/test-queue.ts';
import { aJob, expireLease, readTask, tasksOf, useBench } from '../testing/use-bench.ts';
import { VirtualTime } from './fair-pick.ts';
import { fillLane, readWaiting, type DispatchContext } from './fill-lane.ts';
import { sweep } from './sweep.ts';

const bench = useBench();
beforeEach(async () => {
  await sql`delete from tasks`.execute(bench.db);
});

function dispatcher() {
  const queue = createTestQueue();
  const context: DispatchContext = {
    db: bench.db,
    queue,
    failpoint: () => undefined,
    unsent: new Set(),
  };
  const send = async () => {
    for (const lane of ['interactive', 'bulk'] as const) {
      const due = (await readWaiting(bench.db, lane)).filter((one) => one.due);
      if (due.length > 0) await fillLane(context, lane, 50, due, new VirtualTime());
    }
  };
  const round = async () => {
    queue.sent = [];
    await sweep(bench.db, queue);
    await send();
    return queue.sent.map((each) => each.taskId);
  };
  return { queue, context, send, round };
}

const silentFor = (seconds: number) =>
  sql`update tasks set sent_at = sent_at - make_interval(secs => ${seconds})`.execute(bench.db);
const lease = (id: string) =>
  takeLease(bench.engine(), id, { token: crypto.randomUUID(), countAttempt: false });
const setFlag = (jobId: string, flag: string, value: string) =>
  sql`update jobs set ${sql.ref(flag)} = ${sql.raw(value)} where id = ${jobId}`.execute(bench.db);

test('a task sent and not heard of for 20 s is sent again, as a suspect; not before', async () => {
  const { tasks } = await aJob(bench, bench.engine(), 2);
  const id = tasks[0]!.id;
  const { round } = dispatcher();
  expect(await round()).toEqual([id]);
  await silentFor(19);
  expect(await round()).toEqual([]);
  await silentFor(2);
  expect(await round()).toEqual([id]);
  expect(await readTask(bench.db, id)).toMatchObject({ suspect: true });
  expect(await round()).toEqual([]);
});

test('a task whose lease ran out is sent again at once, and again after a silence', async () => {
  const { tasks } = await aJob(bench, bench.engine(), 1);
  const id = tasks[0]!.id;
  const { round } = dispatcher();
  await round();
  await lease(id);
  await sql`update tasks set sent_at = now() - interval '5 s'`.execute(bench.db);
  await expireLease(bench.db, id);
  expect(await round()).toEqual([id]);
  expect(await round()).toEqual([]);
  await silentFor(21);
  expect(await round()).toEqual([id]);
});

test('a task whose lease lives is never sent again, silent or wiped', async () => {
  const { tasks } = await aJob(bench, bench.engine(), 1);
  const { queue, round } = dispatcher();
  await round();
  await lease(tasks[0]!.id);
  await silentFor(1_000);
  expect(await round()).toEqual([]);
  queue.wipe();
  expect(await round()).toEqual([]);
});

test('a message that arrived after it was taken back leases the task as a sent one', async () => {
  const { tasks } = await aJob(bench, bench.engine(), 1);
  const { round } = dispatcher();
  await lease(tasks[0]!.id);
  expect(await round()).toEqual([]);
});

test('everything sent is sent again at once when the store was wiped, and nobody is a suspect', async () => {
  const { tasks } = await aJob(bench, bench.engine(), 601);
  const ids = tasks.map((task) => task.id).toSorted();
  const { queue, round } = dispatcher();
  const first = await round();
  queue.wipe();
  expect((await round()).toSorted()).toEqual(first.toSorted());
  expect(ids).toEqual(expect.arrayContaining(first));
  for (const id of first) expect(await readTask(bench.db, id)).toMatchObject({ suspect: false });
  expect(await round()).toEqual([]);
});

test('a wipe while the queue refuses is made good as soon as it takes again', async () => {
  const { tasks } = await aJob(bench, bench.engine(), 2);
  const { queue, round } = dispatcher();
  await round();
  queue.wipe();
  queue.refuses = true;
  await expect(round()).rejects.toThrow('the queue refuses');
  queue.refuses = false;
  expect(await round()).toEqual([tasks[0]!.id]);
  expect(await readTask(bench.db, tasks[0]!.id)).toMatchObject({ suspect: false });
});

test('what the queue refuses waits again', async () => {
  const { tasks } = await aJob(bench, bench.engine(), 2);
  const { queue, send } = dispatcher();
  queue.refuses = true;
  await expect(send()).rejects.toThrow('the queue refuses');
  expect(await readTask(bench.db, tasks[0]!.id)).toMatchObject({ sent_at: null });
  queue.refuses = false;
  await send();
  expect(queue.sent).toEqual([{ lane: 'interactive', taskId: tasks[0]!.id }]);
});

test('a task that is being recorded just now holds up no sweep', async () => {
  const { tasks } = await aJob(bench, bench.engine(), 1);
  const { queue, round } = dispatcher();
  await round();
  await silentFor(30);
  await bench.db.transaction().execute(async (trx) => {
    await sql`delete from tasks where id = ${tasks[0]!.id}`.execute(trx);
    const patient = sql`set statement_timeout = 1000`;
    await bench.db.connection().execute(async (connection) => {
      await patient.execute(connection);
      expect(await sweep(connection, queue)).toBeUndefined();
      queue.wipe();
      expect(await sweep(connection, queue)).toBeUndefined();
      await sql`reset statement_timeout`.execute(connection);
    });
  });
});

test('a paused job’s tasks are not picked, then held, and released with the flag', async () => {
  const { jobId, tasks } = await aJob(bench, bench.engine(), 2);
  const { queue, send, round } = dispatcher();
  await setFlag(jobId, 'paused_at', 'now()');
  await send();
  expect(queue.sent).toEqual([]);
  expect(await round()).toEqual([]);
  expect(await tasksOf(bench.db, jobId)).toMatchObject([{ held: true, sent_at: null }]);

  await setFlag(jobId, 'paused_at', 'null');
  expect(await round()).toEqual([tasks[0]!.id]);
  expect(await tasksOf(bench.db, jobId)).toMatchObject([{ held: false }]);
});

test('a canceled job’s tasks are sent now: before their time, past any gate, paused or not', async () => {
  const startAt = new Date(Date.now() + 3_600_000);
  const { jobId, tasks } = await aJob(bench, bench.engine(), 201, { startAt });
  await sql`update gates set closed_until = now() + interval '1 hour' where name = 'database'`.execute(
    bench.db,
  );
  await setFlag(jobId, 'paused_at', 'now()');
  const { round } = dispatcher();
  expect(await round()).toEqual([]);

  await setFlag(jobId, 'cancel_requested_at', 'now()');
  const sent = [...(await round()), ...(await round())];
  expect(sent.toSorted()).toEqual(tasks.map((task) => task.id).toSorted());
  await sql`update gates set closed_until = null where name = 'database'`.execute(bench.db);
});
