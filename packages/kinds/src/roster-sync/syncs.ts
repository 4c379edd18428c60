import type { RosterFailure } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
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

/** It was applied. Its members are on the roster, and kept there alone. */
export async function keepResults(
  trx: Transaction<Database>,
  { jobId, orgId, groupId, version }: Sync,
  results: SyncResults,
): Promise<void> {
  await trx
    .updateTable('roster_syncs')
    .set({ results: JSON.stringify(results), members: '[]' })
    .where('job_id', '=', jobId)
    .execute();
  await trx
    .updateTable('rosters')
    .set({ applied: version })
    .where('org_id', '=', orgId)
    .where('group_id', '=', groupId)
    .execute();
}

/**
 * Where the sync has ended without results it had no effect: what it was asked for failed, all of it, for
 * the reason that was recorded last. Written down, since who was to go can be read from the roster only now.
 */
export async function keepFailures(trx: Transaction<Database>, jobId: string): Promise<void> {
  const { rows } = await sql<Pick<Sync, 'orgId' | 'groupId' | 'members'> & { reason: string }>`
    select org_id as "orgId", group_id as "groupId", members,
      (select message from outcomes where outcomes.job_id = sync.job_id
        order by round desc, position desc limit 1) as reason
    from roster_syncs as sync where job_id = ${jobId} and results is null`.execute(trx);
  const [sync] = rows;
  if (!sync) return;
  const failures = await failuresOf(trx, sync, sync.reason);
  await trx
    .updateTable('roster_syncs')
    .set({ results: JSON.stringify({ added: [], removed: [], failures } satisfies SyncResults) })
    .where('job_id', '=', jobId)
    .execute();
}

/** Another round begins. */
export async function forgetResults(trx: Transaction<Database>, jobId: string): Promise<void> {
  await sql`update roster_syncs set results = null where job_id = ${jobId}`.execute(trx);
}

/** Whoever was to be there, and whoever was not. */
async function failuresOf(
  trx: Transaction<Database>,
  { orgId, groupId, members }: Pick<Sync, 'orgId' | 'groupId' | 'members'>,
  reason: string,
): Promise<RosterFailure[]> {
  const asked = members.map(({ reference_id }) => reference_id);
  const { rows: others } = await sql<{ reference_id: string }>`
    select reference_id from roster_members
    where org_id = ${orgId} and group_id = ${groupId} and reference_id not in (select unnest(${asked}::text[]))
    order by id`.execute(trx);
  return [
    ...asked.map((reference_id) => ({ reference_id, operation: 'add' as const, reason })),
    ...others.map(({ reference_id }) => ({ reference_id, operation: 'remove' as const, reason })),
  ];
}
