import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { runTask } from '../run-task.ts';
import { aJob, deliver, useBench } from '../testing/use-bench.ts';
import { eachTargets, listTargets, readEnded, readTargets } from './read-targets.ts';

const bench = useBench();

/** Five targets: 0 and 3 done, 1 failed for good, 2 waiting for its next attempt, 4 still pending. */
async function aMixedJob() {
  const engine = bench.engine();
  const { jobId, tasks, targetIds } = await aJob(bench, engine, 5);
  engine.kind.behaviours.set(2, () => {
    throw new Error('not now');
  });
  const { run } = engine.kind;
  engine.kind.run = async (trx, batch) =>
    (await run(trx, batch)).map((result) =>
      result.position === 1
        ? { ...result, status: 'failed', code: 'not_found', retryable: true }
        : result,
    );
  await sql`update tasks set positions = '{0,1,2,3}', target_ids = target_ids[1:4]
    where id = ${tasks[0]!.id}`.execute(bench.db);
  await sql`insert into tasks (id, org_id, kind, job_id, positions, target_ids, lane)
    values (gen_random_uuid(), ${bench.orgId}, 'test', ${jobId}, '{4}',
      array[${targetIds[4]}::uuid], 'bulk')`.execute(bench.db);
  await runTask(engine, deliver(tasks[0]!.id));
  return { jobId, targetIds };
}

test('each target is shown in request order, with its outcome or with what it waits for', async () => {
  const { jobId, targetIds } = await aMixedJob();
  const { rows, next_cursor } = await listTargets(bench.db, jobId, { limit: 10 });
  expect(next_cursor).toBe('');
  expect(rows.map((row) => row.target_id)).toEqual(targetIds);
  expect(rows).toMatchObject([
    { position: 0, status: 'succeeded', code: 'added', attempts: 1, retryable: false },
    { position: 1, status: 'failed', code: 'not_found', attempts: 1, retryable: true },
    { position: 2, status: 'retrying', code: 'internal_error', attempts: 1, updated_at: null },
    { position: 3, status: 'succeeded', code: 'added' },
    { position: 4, status: 'pending', code: null, attempts: 0, retryable: true },
  ]);
});

test('pages of any size, filtered or not, show each target once', async () => {
  const { jobId } = await aMixedJob();
  for (const [filter, positions] of [
    [{}, [0, 1, 2, 3, 4]],
    [{ status: 'succeeded' }, [0, 3]],
    [{ status: 'retrying' }, [2]],
    [{ status: 'pending' }, [4]],
    [{ status: 'canceled' }, []],
    [{ code: 'added' }, [0, 3]],
    [{ status: 'failed', code: 'not_found' }, [1]],
    [{ status: 'succeeded', code: 'not_found' }, []],
  ] as const) {
    for (const limit of [1, 2, 5]) {
      const seen: number[] = [];
      let cursor = '';
      do {
        const page = await listTargets(bench.db, jobId, {
          ...filter,
          limit,
          ...(cursor === '' ? {} : { cursor }),
        });
        expect(page.rows.length).toBeLessThanOrEqual(limit);
        seen.push(...page.rows.map((row) => row.position));
        cursor = page.next_cursor;
      } while (cursor !== '');
      expect(seen).toEqual(positions);
    }
  }
});

test('a later round’s outcome replaces an earlier one; what it runs again is pending until then', async () => {
  const engine = bench.engine();
  const { jobId, tasks, targetIds } = await aJob(bench, engine, 2);
  await runTask(engine, deliver(tasks[0]!.id));
  await sql`update jobs set round = 2, remaining = 1, succeeded = 1, finished_at = null
    where id = ${jobId}`.execute(bench.db);
  await sql`insert into tasks (id, org_id, kind, job_id, round, positions, target_ids, lane)
    values (${tasks[0]!.id}, ${bench.orgId}, 'test', ${jobId}, 2, '{1}',
      array[${targetIds[1]}::uuid], 'bulk')`.execute(bench.db);
  const read = () => readTargets(bench.db, jobId, { after: -1, limit: 10 });
  expect(await read()).toMatchObject([{ status: 'succeeded' }, { status: 'pending' }]);
  // Whoever waited for the first round is told of that, though another has begun.
  const first = [
    { status: 'succeeded', code: 'added' },
    { status: 'succeeded', code: 'added' },
  ];
  expect(await readEnded(bench.db, jobId, 2)).toMatchObject(first);

  const { run } = engine.kind;
  engine.kind.run = async (trx, batch) =>
    (await run(trx, batch)).map((result) => ({ ...result, status: 'failed', code: 'not_found' }));
  await runTask(engine, deliver(tasks[0]!.id));
  const second = [
    { status: 'succeeded', code: 'added' },
    { status: 'failed', code: 'not_found' },
  ];
  expect(await read()).toMatchObject(second);
  expect(await readEnded(bench.db, jobId, 2)).toMatchObject(second);
});

test('a stream of all targets is whole and in order, however many there are', async () => {
  const { jobId, targetIds } = await aJob(bench, bench.engine(), 2_000);
  const seen: string[] = [];
  for await (const rows of eachTargets(bench.db, jobId, {})) {
    seen.push(...rows.map((row) => row.target_id));
  }
  expect(seen).toEqual(targetIds);
});
