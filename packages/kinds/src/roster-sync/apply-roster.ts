import type { Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import type { SyncResults, Sync } from './syncs.ts';
import { writeMembers } from './write-members.ts';

/**
 * Put on the roster who is not there, correct who is, take off who is missing, and let the group's
 * memberships follow. Whoever holds the roster calls.
 */
export async function applyRoster(trx: Transaction<Database>, sync: Sync): Promise<SyncResults> {
  const refused = sync.members.flatMap((member) => ('reason' in member ? [member] : []));
  const wanted = sync.members.flatMap((member) => ('reason' in member ? [] : [member]));
  const removed = await removeMissing(trx, sync);
  const written = await writeMembers(trx, sync, wanted);
  await followRoster(trx, sync);
  const failures = [...refused, ...written.refused].map(({ reference_id, reason }) => ({
    reference_id,
    operation: 'add' as const,
    reason,
  }));
  return { added: written.added, removed, failures };
}

// NOT IN, here and below, is always hashed. What Postgres knows of these tables is from before this
// transaction: it would take their ten thousand rows for a few, and compare each with each.

/** @returns their ids, oldest first. */
async function removeMissing(
  trx: Transaction<Database>,
  { orgId, groupId, members }: Sync,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    delete from roster_members
    where org_id = ${orgId} and group_id = ${groupId}
      and reference_id not in (
        select unnest(${members.map((member) => member.reference_id)}::text[]))
    returning id`.execute(trx);
  return rows.map(({ id }) => id).toSorted();
}

/**
 * Who is on the roster and has an address is a member, a viewer; whose last place on it went is none,
 * unless they are one for another reason.
 */
async function followRoster(trx: Transaction<Database>, { orgId, groupId }: Sync): Promise<void> {
  await sql`
    insert into group_members (org_id, group_id, user_id, role, from_roster)
    select distinct org_id, group_id, user_id, 'viewer', true from roster_members
    where org_id = ${orgId} and group_id = ${groupId} and user_id is not null
    order by user_id
    on conflict do nothing`.execute(trx);
  await sql`
    delete from group_members
    where org_id = ${orgId} and group_id = ${groupId} and from_roster
      and user_id not in (
        select user_id from roster_members
        where org_id = ${orgId} and group_id = ${groupId} and user_id is not null)`.execute(trx);
}
