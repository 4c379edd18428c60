import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { DISPATCHER } from './leadership.ts';

/** What a dispatcher finds before it sweeps: where there is nothing, nothing is asked. */
export interface Findings {
  /** Unfinished jobs with flags that their tasks must follow. */
  flagged: boolean;
  /** Tasks that are held. */
  held: boolean;
  /** Tasks that the queue, or a worker, should have. */
  sent: boolean;
  /** Closed gates whose probe is somebody's. */
  probing: boolean;
  /** Lanes in which anything waits, due or not. */
  waiting: string[];
  /** Each holds one connection to lead, or to be next; at least 1. */
  workers: number;
}

/** One statement, and one probe of an index for each question, however much there is. */
export async function lookAround(
  db: Kysely<Database>,
  lanes: readonly string[] = [],
): Promise<Findings> {
  const { rows } = await sql<Findings>`
    select
      exists (select from jobs where finished_at is null and (paused_at is not null
        or cancel_requested_at is not null or fenced_at is not null)) as flagged,
      exists (select from tasks where held) as held,
      exists (select from tasks where sent_at is not null) as sent,
      exists (select from gates
        where closed_until is not null and probe_task_id is not null) as probing,
      array(select lane from unnest(${[...lanes]}::text[]) as lane, lateral (
        select from tasks where tasks.lane = lane.lane and sent_at is null and not held
        limit 1) as first) as waiting,
      (select greatest(1, count(*))::int from pg_stat_activity
        where application_name like ${`${DISPATCHER}%`} and datname = current_database()) as workers`.execute(
    db,
  );
  return rows[0] as Findings;
}
