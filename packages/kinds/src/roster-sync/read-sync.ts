import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';
import type { SyncResults } from './syncs.ts';

/** A sync as its client may see it. */
export interface RosterSync {
  jobId: string;
  groupId: string;
  acceptedAt: Date;
  /** Both null until it is done. */
  completedAt: Date | null;
  results: SyncResults | null;
}

/** A sync of this group; null where the organization has none of that id. */
export async function findRosterSync(
  db: Kysely<Database>,
  { orgId, groupId, jobId }: { orgId: string; groupId: string; jobId: string },
): Promise<RosterSync | null> {
  const row = await db
    .selectFrom('roster_syncs as sync')
    .innerJoin('jobs', 'jobs.id', 'sync.job_id')
    .select(['jobs.created_at as acceptedAt', 'jobs.finished_at as completedAt', 'sync.results'])
    .where('sync.job_id', '=', jobId)
    .where('sync.org_id', '=', orgId)
    .where('sync.group_id', '=', groupId)
    .$castTo<Pick<RosterSync, 'acceptedAt' | 'completedAt' | 'results'>>()
    .executeTakeFirst();
  return row ? { jobId, groupId, ...row } : null;
}
