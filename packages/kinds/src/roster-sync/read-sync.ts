import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import type { AskedMember } from './input.ts';
import { failuresOf, type SyncResults } from './syncs.ts';

/** A sync as its client may see it. */
export interface RosterSync {
  jobId: string;
  groupId: string;
  acceptedAt: Date;
  /** Both null until it is done. */
  completedAt: Date | null;
  results: SyncResults | null;
}

interface Row {
  acceptedAt: Date;
  completedAt: Date | null;
  results: SyncResults | null;
  members: AskedMember[];
  /** What was last said of it, where it had no results of its own. */
  message: string | null;
}

/** A sync of this group; null where the organization has none of that id. */
export async function findRosterSync(
  db: Kysely<Database>,
  { orgId, groupId, jobId }: { orgId: string; groupId: string; jobId: string },
): Promise<RosterSync | null> {
  const { rows } = await sql<Row>`
    select jobs.created_at as "acceptedAt", jobs.finished_at as "completedAt", sync.results,
      case when sync.results is null and jobs.finished_at is not null then sync.members
        else '[]' end as members,
      (select message from outcomes where outcomes.job_id = jobs.id
        order by round desc, position desc limit 1) as message
    from roster_syncs as sync join jobs on jobs.id = sync.job_id
    where sync.job_id = ${jobId} and sync.org_id = ${orgId} and sync.group_id = ${groupId}`.execute(
    db,
  );
  const [row] = rows;
  if (!row) return null;
  const { acceptedAt, completedAt, members } = row;
  const sync = { jobId, groupId, acceptedAt, completedAt };
  if (completedAt === null) return { ...sync, results: null };
  if (row.results) return { ...sync, results: row.results };
  // It was canceled, failed for good, or lost its group: then nothing of it took effect.
  const failures = await failuresOf(db, { orgId, groupId, members }, row.message ?? 'Not done');
  return { ...sync, results: { added: [], removed: [], failures } };
}
