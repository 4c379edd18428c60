import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import type { AskedMember } from './input.ts';

/**
 * Keep what a sync was asked for, in the transaction that makes its job. Its version is larger than that
 * of every sync of the group accepted before: the group's row is held until the commit. A sync that runs
 * meanwhile is not waited for.
 * @throws {PublicError} `not_found`.
 */
export async function acceptRoster(
  trx: Transaction<Database>,
  { orgId, groupId, jobId }: { orgId: string; groupId: string; jobId: string },
  members: readonly AskedMember[],
): Promise<void> {
  const { rows } = await sql<{ version: number }>`
    update groups set roster_version = roster_version + 1
    where org_id = ${orgId} and id = ${groupId}
    returning roster_version as version`.execute(trx);
  if (!rows[0]) throw new PublicError('not_found', 'Group not found');
  // ON CONFLICT alone would wait for whoever changes the row.
  await sql`insert into rosters (org_id, group_id)
    select ${orgId}, ${groupId} where not exists (select from rosters where group_id = ${groupId})
    on conflict do nothing`.execute(trx);
  await trx
    .insertInto('roster_syncs')
    .values({
      job_id: jobId,
      org_id: orgId,
      group_id: groupId,
      version: rows[0].version,
      members: JSON.stringify(members),
    })
    .execute();
}
