import type { JobResource } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { rowsWhere, toResource, type JobRow } from './read-jobs.ts';

export interface Glimpse {
  job: JobResource;
  /** Which the job was read in: its counts are those of the outcomes that this sees. */
  snapshot: string;
  /** Changes whenever the job's row does. */
  version: string;
}

/** Jobs as they are now; those that do not exist are left out. */
export async function lookAtJobs(
  db: Kysely<Database>,
  jobIds: readonly string[],
): Promise<Map<string, Glimpse>> {
  const { rows } = await sql<JobRow & { snapshot: string; version: string }>`
    select seen.*, pg_current_snapshot()::text as snapshot, as_stored.xmin::text as version
    from (${rowsWhere(sql`id = any (${[...jobIds]}::uuid[])`)}) as seen
    join jobs as as_stored on as_stored.id = seen.id`.execute(db);
  return new Map(
    rows.map((row) => [
      row.id,
      { job: toResource(row), snapshot: row.snapshot, version: row.version },
    ]),
  );
}

/** Those of these jobs whose row is another one than when they were looked at. */
export async function findChangedJobs(
  db: Kysely<Database>,
  known: ReadonlyMap<string, string>,
): Promise<string[]> {
  if (known.size === 0) return [];
  const { rows } = await sql<{ id: string }>`
    select jobs.id
    from unnest(${[...known.keys()]}::uuid[], ${[...known.values()]}::text[]) as known (id, version)
    join jobs on jobs.id = known.id
    where jobs.xmin::text <> known.version`.execute(db);
  return rows.map(({ id }) => id);
}
