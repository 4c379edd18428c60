import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { runTask } from './run-task.ts';
import {
  aJob,
  deliver,
  effectsOf,
  outcomesOf,
  readJobRow,
  redeliver,
  tasksOf,
  useBench,
} from './testing/use-bench.ts';

const bench = useBench();

describe.each([
  { ownsRows: true, name: 'rows of its own' },
  { ownsRows: false, name: 'no rows but its effects' },
])('of a kind with $name', ({ ownsRows }) => {
  test('a message records every target once, and finishes the job', async () => {
    const engine = bench.engine({ ownsRows });
    const { jobId, tasks, targetIds } = await aJob(bench, engine, 3);

    await runTask(engine, deliver(tasks[0]!.id));

    expect((await outcomesOf(bench.db, jobId)).map((row) => [row.position, row.target_id])).toEqual(
      targetIds.map((id, position) => [position, id]),
    );
    expect(await effectsOf(bench.db, jobId)).toEqual(targetIds.toSorted());
    expect(await tasksOf(bench.db, jobId)).toEqual([]);
    expect(await readJobRow(bench.db, jobId)).toMatchObject({
      remaining: 0,
      succeeded: 3,
      failed: 0,
      canceled: 0,
      finished_at: expect.any(Date),
    });
    expect(engine.kind.followed).toBe(ownsRows ? 1 : 0);
  });

  test('a repeated message records nothing', async () => {
    const engine = bench.engine({ ownsRows });
    const { jobId, tasks } = await aJob(bench, engine, 3);
    await runTask(engine, deliver(tasks[0]!.id));
    const first = await readJobRow(bench.db, jobId);

    await runTask(engine, deliver(tasks[0]!.id));
    await runTask(engine, redeliver(tasks[0]!.id));

    expect(await readJobRow(bench.db, jobId)).toEqual(first);
    expect(await effectsOf(bench.db, jobId)).toHaveLength(3);
    expect(engine.kind.runs).toHaveLength(1);
  });

  test('two processes with one message record once, first or redelivered', async () => {
    const engines = [bench.engine({ ownsRows }), bench.engine({ ownsRows })] as const;
    const rounds = Array.from({ length: 60 }, async (_, round) => {
      const { jobId, tasks } = await aJob(bench, engines[0], 4);
      const messages = round % 3 === 0 ? [deliver, redeliver] : [deliver, deliver];
      await Promise.all(
        engines.map((engine, index) => runTask(engine, messages[index]!(tasks[0]!.id))),
      );
      // A redelivered one may have split the task: its parts are then the only ones that run.
      const parts = await tasksOf(bench.db, jobId);
      for (const part of parts)
        await Promise.all(engines.map((engine) => runTask(engine, deliver(part.id))));
      return jobId;
    });
    for (const jobId of await Promise.all(rounds)) {
      expect(await effectsOf(bench.db, jobId)).toHaveLength(4);
      expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, succeeded: 4 });
    }
    expect(engines[0].kind.followed + engines[1].kind.followed).toBe(ownsRows ? 60 : 0);
  });

  test('tasks of one job recorded at the same moment finish it once', async () => {
    const engines = [bench.engine({ ownsRows }), bench.engine({ ownsRows })] as const;
    const { jobId, tasks } = await aJob(bench, engines[0], 1_000);
    expect(tasks.map((task) => task.positions.length)).toEqual([200, 200, 200, 200, 200]);

    await Promise.all(tasks.map((task, at) => runTask(engines[at % 2]!, deliver(task.id))));

    expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, succeeded: 1_000 });
    expect(engines[0].kind.followed + engines[1].kind.followed).toBe(ownsRows ? 1 : 0);
  });

  test('a fenced job rolls its effects back and records the failure alone', async () => {
    const engine = bench.engine({ ownsRows });
    const { jobId, tasks } = await aJob(bench, engine, 2);
    engine.kind.behaviours.set(0, async () => {
      await sql`update jobs set fenced_at = now() where id = ${jobId}`.execute(bench.db);
    });

    await runTask(engine, deliver(tasks[0]!.id));

    expect(await effectsOf(bench.db, jobId)).toEqual([]);
    expect(await outcomesOf(bench.db, jobId)).toMatchObject([
      { position: 0, status: 'failed', code: 'upstream_unavailable' },
      { position: 1, status: 'failed', code: 'upstream_unavailable' },
    ]);
    expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0, failed: 2 });
  });

  test('a kind that forgets a target leaves no job unfinished', async () => {
    const engine = bench.engine({ ownsRows, retry: { baseMs: 1, attempts: 1 } });
    const { jobId, tasks } = await aJob(bench, engine, 3);
    const { run } = engine.kind;
    engine.kind.run = async (trx, batch) =>
      (await run(trx, batch)).filter((result) => result.position !== 1);

    await runTask(engine, deliver(tasks[0]!.id));

    expect(await outcomesOf(bench.db, jobId)).toMatchObject([
      { position: 0, code: 'added' },
      { position: 1, code: 'internal_error' },
      { position: 2, code: 'added' },
    ]);
    expect(await readJobRow(bench.db, jobId)).toMatchObject({ remaining: 0 });
  });
});

test('an outcome can be neither updated, deleted nor truncated', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 1);
  await runTask(engine, deliver(tasks[0]!.id));

  const refused = { code: '23001', message: 'rows of outcomes are insert-only' };
  await expect(
    sql`update outcomes set code = 'x' where job_id = ${jobId}`.execute(bench.db),
  ).rejects.toMatchObject(refused);
  await expect(
    sql`delete from outcomes where job_id = ${jobId}`.execute(bench.db),
  ).rejects.toMatchObject(refused);
  await expect(sql`truncate outcomes`.execute(bench.db)).rejects.toMatchObject(refused);
  await expect(sql`truncate outcomes cascade`.execute(bench.db)).rejects.toMatchObject(refused);
});

test.each([
  ['jobs_counts_add_up', 'succeeded = succeeded + 1'],
  ['jobs_counts_add_up', 'remaining = remaining - 1'],
  ['jobs_finished_when_nothing_remains', 'finished_at = now()'],
  ['jobs_finished_when_nothing_remains', 'remaining = 0, succeeded = total'],
  ['jobs_targets_counted', 'total = total + 1, remaining = remaining + 1'],
])('a job whose counts lie cannot be stored: %s (%s)', async (constraint, change) => {
  const { jobId } = await aJob(bench, bench.engine(), 2);
  await expect(
    sql`update jobs set ${sql.raw(change)} where id = ${jobId}`.execute(bench.db),
  ).rejects.toMatchObject({ constraint });
});
