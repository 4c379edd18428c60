import type { RosterFailure } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { AskedMember } from './input.ts';

/** What became of a roster: ids of members, in the order in which they came to be there. */
export interface SyncResults {
  added: string[];
  removed: string[];
  failures: RosterFailure[];
}

export interface Sync {
  jobId: string;
  orgId: string;
  groupId: string;
  version: number;
  members: AskedMember[];
}

/**
 * Read what is asked for, and hold the group's roster: nobody else writes it meanwhile. The group is kept
 * from being deleted, and can be changed. All that before any user is locked, unlike elsewhere: rosters
 * are locked here alone, and who waits for users keeps nobody from the group in this way.
 * @returns `roster` undefined when the group is gone.
 */
export async function lockSync(
  trx: Transaction<Database>,
  job: { id: string },
): Promise<Sync & { roster: { applied: number } | undefined }> {
  const sync = await trx
    .selectFrom('roster_syncs')
    .select(['job_id as jobId', 'org_id as orgId', 'group_id as groupId', 'version', 'members'])
    .where('job_id', '=', job.id)
    .$castTo<Sync>()
    .executeTakeFirstOrThrow();
  // First the group: who deletes it holds that, and asks for the roster.
  await trx
    .selectFrom('groups')
    .select('id')
    .where('org_id', '=', sync.orgId)
    .where('id', '=', sync.groupId)
    .forKeyShare()
    .execute();
  const roster = await trx
    .selectFrom('rosters')
    .select('applied')
    .where('org_id', '=', sync.orgId)
    .where('group_id', '=', sync.groupId)
    .forUpdate()
    .executeTakeFirst();
  return { ...sync, roster };
}

/** What its client is told. The members of one that was applied are on the roster, and kept there alone. */
export async function keepResults(
  trx: Transaction<Database>,
  { jobId, orgId, groupId, version }: Sync,
  results: SyncResults,
  as: 'applied' | 'not applied',
): Promise<void> {
  await trx
    .updateTable('roster_syncs')
    .set({ results: JSON.stringify(results), ...(as === 'applied' && { members: '[]' }) })
    .where('job_id', '=', jobId)
    .execute();
  if (as === 'not applied') return;
  await trx
    .updateTable('rosters')
    .set({ applied: version })
    .where('org_id', '=', orgId)
    .where('group_id', '=', groupId)
    .execute();
}

/** Everything that a sync without effect was asked for: whoever was to be there, and whoever was not. */
export async function failuresOf(
  db: Kysely<Database>,
  { orgId, groupId, members }: Pick<Sync, 'orgId' | 'groupId' | 'members'>,
  reason: string,
): Promise<RosterFailure[]> {
  const asked = members.map(({ reference_id }) => reference_id);
  const { rows: others } = await sql<{ reference_id: string }>`
    select reference_id from roster_members
    where org_id = ${orgId} and group_id = ${groupId} and reference_id not in (select unnest(${asked}::text[]))
    order by id`.execute(db);
  return [
    ...asked.map((reference_id) => ({ reference_id, operation: 'add' as const, reason })),
    ...others.map(({ reference_id }) => ({ reference_id, operation: 'remove' as const, reason })),
  ];
}
