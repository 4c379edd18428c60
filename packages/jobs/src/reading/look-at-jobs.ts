import type { JobResource } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { rowsWhere, toResource, type JobRow } from './read-jobs.ts';

/** What a look remembers of a job, to tell whether it has changed since. */
export interface Trace {
  /** Changes whenever the job's row does, and when its time has come. */
  version: string;
  /** Changes with what is shown of it from other tables; null: not compared. */
  beside: string | null;
}

export interface Glimpse extends Trace {
  job: JobResource;
  /** Which the job was read in: its counts are those of the outcomes that this sees. */
  snapshot: string;
}

type Seen = JobRow & Trace & { snapshot: string; now: Date; unflushed: boolean };

/** Over a row of `jobs`. */
const version = sql<string>`concat(jobs.xmin::text,
  case when jobs.started_at is null and jobs.start_at > now() then ' scheduled' end)`;
/** Over what `rowsWhere` returns. */
const beside = sql<string>`concat_ws(' ', seen.retrying, seen.email_state, seen.email_sent_at)`;

const idIn = (jobIds: readonly string[]) => rowsWhere(sql`id = any (${[...jobIds]}::uuid[])`);

/** Jobs as they are now; those that do not exist are left out. */
export async function lookAtJobs(
  db: Kysely<Database>,
  jobIds: readonly string[],
): Promise<Map<string, Glimpse>> {
  const { rows } = await sql<Seen>`
    select seen.*, ${version} as version, ${beside} as beside, now() as now,
      pg_current_snapshot()::text as snapshot,
      (select pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn()) as unflushed
    from (${idIn(jobIds)}) as seen join jobs on jobs.id = seen.id`.execute(db);
  if (rows.some(({ unflushed }) => unflushed)) await flushLog(db);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        job: toResource(row, row.now),
        snapshot: row.snapshot,
        version: row.version,
        beside: row.beside,
      },
    ]),
  );
}

/**
 * A snapshot goes into the ids of events, and outlives a crash of Postgres. One that saw a transaction
 * rolled back must not be shown before the log says so: a Postgres that had forgotten it would give its
 * number to another, whose outcomes a stream that goes on would take for told.
 */
async function flushLog(db: Kysely<Database>): Promise<void> {
  await sql`
    select set_config('synchronous_commit', 'on', true),
      pg_logical_emit_message(true, 'usher', '')`.execute(db);
}

/** Those of these jobs that are not as they were when they were looked at. */
export async function findChangedJobs(
  db: Kysely<Database>,
  known: ReadonlyMap<string, Trace>,
): Promise<string[]> {
  if (known.size === 0) return [];
  const closely = [...known].filter(([, trace]) => trace.beside !== null);
  const { rows } = await sql<{ id: string }>`
    select jobs.id
    from unnest(${[...known.keys()]}::uuid[], ${[...known.values()].map((each) => each.version)}::text[])
      as known (id, version)
    join jobs on jobs.id = known.id
    where ${version} <> known.version
    union
    select seen.id
    from unnest(${closely.map(([id]) => id)}::uuid[], ${closely.map(([, trace]) => trace.beside)}::text[])
      as known (id, beside)
    join (${idIn(closely.map(([id]) => id))}) as seen on seen.id = known.id
    where ${beside} <> known.beside`.execute(db);
  return rows.map(({ id }) => id);
}
