import type { JobResource } from '@usher/contracts';
import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { runTask } from '../run-task.ts';
import { aJob, deliver, useBench } from '../testing/use-bench.ts';
import { linesOf, idsOf, says, useStreams } from '../testing/use-streams.ts';
import type { News } from './follow-job.ts';
import { startOf, toEventId } from './stream-place.ts';

const bench = useBench();
const { follower, record, count, finish, redrive, lateTransaction } = useStreams(bench);

test('a job’s outcomes are told as they come, each once, and the job with just these counted', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 4);
  const { told, ended } = follower(jobId);
  await says(told, 'progress queued 0');
  await finish(jobId, [2]);
  await says(told, 'progress running 1');
  await finish(jobId, [0, 3]);
  await says(told, 'progress running 3');
  await finish(jobId, [1]);
  await ended;
  const first = ['progress queued 0', '1:2', 'progress running 1'];
  const second = ['1:0', '1:3', 'progress running 3'];
  expect(linesOf(told)).toEqual([...first, ...second, '1:1', 'finished succeeded 4']);
});

test('an outcome whose transaction is older than others, and commits after them, is not missed', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 3);
  const late = await lateTransaction((trx) => record(trx, jobId, [0]));
  const { told, ended } = follower(jobId);
  await finish(jobId, [1]);
  await says(told, 'progress running 1');
  const resumed = follower(jobId, idsOf(told).at(-1));
  await says(resumed.told, 'progress running 1');
  await count(late, jobId, 1);
  await late.commit().execute();
  await says(told, 'progress running 2');
  await finish(jobId, [2]);
  await Promise.all([ended, resumed.ended]);
  const after = ['1:0', 'progress running 2', '1:2', 'finished succeeded 3'];
  expect(linesOf(told).slice(-6)).toEqual(['1:1', 'progress running 1', ...after]);
  expect(linesOf(resumed.told)).toEqual(['progress running 1', ...after]);
});

test('somebody’s transaction that stays open holds no stream up', async () => {
  const stays = await lateTransaction(async () => undefined);
  const { jobId } = await aJob(bench, bench.engine(), 2);
  const { told, ended } = follower(jobId);
  await finish(jobId, [0]);
  await says(told, 'progress running 1');
  await finish(jobId, [1]);
  await ended;
  await stays.rollback().execute();
  expect(linesOf(told).filter((line) => line.startsWith('1:'))).toEqual(['1:0', '1:1']);
});

test('whoever goes on from any event is told exactly what came after it', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 250);
  const late = await lateTransaction((trx) => record(trx, jobId, [3, 5]));
  const { told, ended } = follower(jobId);
  await says(told, 'progress queued 0');
  await finish(jobId, Array.from({ length: 240 }, (_, n) => n + 10).toReversed());
  await says(told, 'progress running 240');
  await count(late, jobId, 2);
  await late.commit().execute();
  await says(told, 'progress running 242');
  await finish(jobId, [0, 1, 2, 4, 6, 7, 8, 9]);
  await ended;
  const lines = linesOf(told);
  const targets = lines.filter((line) => line.startsWith('1:'));
  expect(targets).toHaveLength(250);
  expect(new Set(targets).size).toBe(250);

  const ids = idsOf(told);
  expect(ids).toHaveLength(lines.length);
  const rests = await Promise.all(
    ids.map(async (id) => {
      const again = follower(jobId, id);
      await again.ended;
      return linesOf(again.told);
    }),
  );
  for (const [at, rest] of rests.entries()) {
    // Progress is of the moment: what is told again is the end.
    const expected = lines.slice(at + 1).filter((line) => !line.startsWith('progress'));
    const wanted = at === ids.length - 1 ? ['finished succeeded 250'] : expected;
    expect(rest.toSorted(), `after ${lines[at]}`).toEqual(wanted.toSorted());
  }
});

test('a stream that begins when all is over tells the round by position, and its end', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 401);
  await finish(
    jobId,
    Array.from({ length: 200 }, (_, n) => 400 - n),
  );
  await finish(
    jobId,
    Array.from({ length: 201 }, (_, n) => n),
  );
  const { told, ended } = follower(jobId);
  await ended;
  const targets = Array.from({ length: 401 }, (_, n) => `1:${n}`);
  expect(linesOf(told)).toEqual([...targets, 'finished succeeded 401']);
});

test('counts never go back within a round, whatever the engine does meanwhile', async () => {
  const engine = bench.engine();
  const { jobId, tasks } = await aJob(bench, engine, 1_000);
  const { told, ended } = follower(jobId);
  for (const task of tasks) await runTask(engine, deliver(task.id));
  await ended;
  let targets = 0;
  for (const news of told) {
    if (news.type === 'targets') targets += news.targets.length;
    else if (news.type !== 'pulse')
      expect((JSON.parse(news.sight.text) as JobResource).counts.succeeded).toBe(targets);
  }
  expect(targets).toBe(1_000);
  expect(linesOf(told).at(-1)).toBe('finished succeeded 1000');
});

test('a round that ended unseen is told to its end before the next, and each id keeps its round', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 3);
  const first = follower(jobId);
  await finish(jobId, [1]);
  await says(first.told, 'progress running 1');
  const id = idsOf(first.told).at(-1) as string;
  first.watch.stop();
  await finish(jobId, [0, 2]);
  await redrive(jobId, 2);
  const { told, ended } = follower(jobId, id);
  const fresh = follower(jobId);
  await says(told, 'progress running 1');
  await finish(jobId, [0, 1], 2);
  await Promise.all([ended, fresh.ended]);
  const second = ['progress running 1', '2:0', '2:1', 'finished succeeded 3'];
  expect(linesOf(told)).toEqual(['1:0', '1:2', ...second]);
  expect(linesOf(fresh.told)).toEqual(second);
});

test('whoever was told the end is told of the next round alone', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 2);
  await finish(jobId, [0, 1]);
  const first = follower(jobId);
  await first.ended;
  await redrive(jobId, 1);
  await finish(jobId, [1], 2);
  const { told, ended } = follower(jobId, idsOf(first.told).at(-1));
  await ended;
  expect(linesOf(told)).toEqual(['2:1', 'finished succeeded 2']);
});

test.each([
  { ...startOf(1), seen: `${'9'.repeat(15)}:${'9'.repeat(15)}:` },
  { ...startOf(1), batch: { upTo: `${'9'.repeat(15)}:${'9'.repeat(15)}:`, after: 1 } },
  startOf(7),
])('a place that this database has not come to (%o) begins anew', async (place) => {
  const { jobId } = await aJob(bench, bench.engine(), 2);
  await finish(jobId, [0]);
  const { told, ended } = follower(jobId, toEventId(jobId, place));
  await says(told, 'progress running 1');
  await finish(jobId, [1]);
  await ended;
  expect(linesOf(told)).toEqual(['1:0', 'progress running 1', '1:1', 'finished succeeded 2']);
});

test('outcomes that came from another database, with numbers from its future, are told by the end', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 2);
  await sql`insert into outcomes
      (job_id, round, position, org_id, target_id, status, code, message, attempts, xid)
    values (${jobId}, 1, 0, ${bench.orgId}, ${newId()}, 'succeeded', 'added', 'Done', 1, '999999999999')`.execute(
    bench.db,
  );
  await count(bench.db, jobId, 1);
  const { told, ended } = follower(jobId);
  await says(told, 'progress running 1');
  await finish(jobId, [1]);
  await ended;
  expect(linesOf(told)).toEqual(['progress running 1', '1:0', '1:1', 'finished succeeded 2']);
});

test('what changes unsaid, flags of a job for one, is found by looking', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 1);
  const { told } = follower(jobId);
  await says(told, 'progress queued 0');
  await sql`update jobs set paused_at = now() where id = ${jobId}`.execute(bench.db);
  await says(told, 'progress paused 0');
});

test('a job whose time comes is told as queued, though nothing was written', async () => {
  const startAt = new Date(Date.now() + 3_000);
  const { jobId } = await aJob(bench, bench.engine(), 1, { startAt });
  const { told } = follower(jobId);
  await says(told, 'progress scheduled 0');
  await says(told, 'progress queued 0');
  expect(linesOf(told)).toEqual(['progress scheduled 0', 'progress queued 0']);
});

test('targets that are tried again are told, also where the word of it was lost', async () => {
  const { jobId, tasks } = await aJob(bench, bench.engine(), 1);
  const { told } = follower(jobId);
  await says(told, 'progress queued 0');
  await sql`update tasks set attempts = 1 where id = ${tasks[0]?.id}`.execute(bench.db);
  await waitFor('the job is told again', () => told.some((each) => retryingIn(each) === 1));
});

const retryingIn = (news: News) =>
  news.type === 'progress' && (JSON.parse(news.sight.text) as JobResource).counts.retrying;
