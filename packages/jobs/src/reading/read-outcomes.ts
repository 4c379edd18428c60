import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import type { TargetRow } from './read-targets.ts';
import { ALL, type Place } from './stream-place.ts';

/**
 * What comes next in the batch that a stream is in, by position. Which rows are in it is decided by the
 * transactions that wrote them, so that one which commits late is in a later batch, and none is missed;
 * found by job and round, since a round is ten thousand rows at most.
 * @param limit fewer rows are the batch's end.
 */
export async function readOutcomes(
  db: Kysely<Database>,
  jobId: string,
  { round, seen, batch }: Place,
  limit: number,
): Promise<TargetRow[]> {
  if (!batch) throw new Error('a stream reads in batches');
  const upTo = batch.upTo === ALL ? null : batch.upTo;
  const { rows } = await sql<TargetRow>`
    select position, target_id, status, code, message, attempts, retryable, detail,
      recorded_at as updated_at
    from outcomes
    where job_id = ${jobId} and round = ${round} and position > ${batch.after}
      and not pg_visible_in_snapshot(xid, ${seen}::pg_snapshot)
      and (${upTo}::pg_snapshot is null or pg_visible_in_snapshot(xid, ${upTo}::pg_snapshot))
    order by position limit ${limit}`.execute(db);
  return rows;
}
