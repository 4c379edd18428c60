import type { JobResource } from '@usher/contracts';
import { createDatabase, newId, type Database } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { followJob, type News } from '../reading/follow-job.ts';
import { createJobWatchers, type JobWatchers } from '../reading/job-watchers.ts';
import { fromEventId } from '../reading/stream-place.ts';
import type { Bench } from './use-bench.ts';

/** Streams over the bench's database, and what to feed them with; call it at the top level. */
export function useStreams(bench: Bench) {
  let watchers: JobWatchers;
  const errors: Error[] = [];
  const open = (db: Kysely<Database> = bench.db) =>
    createJobWatchers({ db, url: bench.url, onError: (error) => errors.push(error) });
  beforeAll(() => {
    watchers = open();
  });
  afterAll(() => watchers.close());

  /** One who follows a job, and what they were told by now. */
  function follower(jobId: string, lastEventId?: string) {
    const told: News[] = [];
    const watch = watchers.watch(jobId);
    const from = lastEventId === undefined ? null : fromEventId(jobId, lastEventId);
    const ended = (async () => {
      for await (const news of followJob(watch, from)) told.push(news);
    })();
    onTestFinished(() => watch.stop());
    return { told, ended, watch };
  }

  /** Outcomes of these positions, counted in their job as the engine counts them. */
  async function record(trx: Kysely<Database>, jobId: string, positions: number[], round = 1) {
    for (const position of positions) {
      await sql`insert into outcomes
          (job_id, round, position, org_id, target_id, status, code, message, attempts)
        values (${jobId}, ${round}, ${position}, ${bench.orgId}, ${newId()}, 'succeeded', 'added', 'Done', 1)`.execute(
        trx,
      );
    }
  }

  const count = (trx: Kysely<Database>, jobId: string, by: number) =>
    sql`update jobs set remaining = remaining - ${by}, succeeded = succeeded + ${by},
      started_at = coalesce(started_at, now()),
      finished_at = case when remaining = ${by} then now() end where id = ${jobId}`.execute(trx);

  async function finish(jobId: string, positions: number[], round = 1): Promise<void> {
    await bench.db.transaction().execute(async (trx) => {
      await record(trx, jobId, positions, round);
      await count(trx, jobId, positions.length);
    });
  }

  const redrive = (jobId: string, again: number) =>
    sql`update jobs set round = round + 1, remaining = ${again}, succeeded = succeeded - ${again},
      finished_at = null where id = ${jobId}`.execute(bench.db);

  /** A transaction that has its number, and stays open until it is told to commit. */
  async function lateTransaction(work: (trx: Transaction<Database>) => Promise<unknown>) {
    const db = createDatabase({ url: bench.url, application: 'late', poolSize: 1 });
    onTestFinished(() => db.destroy());
    const trx = await db.startTransaction().execute();
    await sql`select pg_current_xact_id()`.execute(trx);
    await work(trx);
    return trx;
  }

  return {
    open,
    errors,
    watch: (jobId: string) => watchers.watch(jobId),
    follower,
    record,
    count,
    finish,
    redrive,
    lateTransaction,
  };
}

/** What was told, a target by its round and position, the job by its counts. */
export const linesOf = (told: readonly News[]): string[] => told.flatMap(linesOfOne);

function linesOfOne(news: News): string[] {
  if (news.type === 'pulse') return [];
  if (news.type === 'targets') {
    return news.targets.map(({ round, target }) => `${round}:${target.position}`);
  }
  const { state, counts } = JSON.parse(news.sight.text) as JobResource;
  return [`${news.type} ${state} ${counts.total - counts.pending - counts.retrying}`];
}

export const idsOf = (told: readonly News[]): string[] =>
  told.flatMap((news) => {
    if (news.type === 'pulse') return [];
    return news.type === 'targets' ? news.targets.map(({ id }) => id) : [news.id];
  });

export const says = (told: readonly News[], line: string) =>
  waitFor(line, () => linesOf(told).includes(line));
