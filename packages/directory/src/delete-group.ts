import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import { audit, NO_KEY, type Actor } from '@usher/events';
import { sql, type Kysely } from 'kysely';
import { GROUP_COLUMNS } from './group-columns.ts';
import { lockGroupTree } from './group-tree.ts';
import { inTransaction } from './in-transaction.ts';
import { lockGroupAndInvites, revokeGroupInvites } from './revoke-group-invites.ts';

/**
 * Delete a group, with its memberships and credits. Groups below it are below none then, and pending
 * invites to it are revoked. Its billing entity stays, upstream and on record.
 * @throws {PublicError} `not_found`.
 */
export function deleteGroup(
  db: Kysely<Database>,
  orgId: string,
  groupId: string,
  by: Actor = NO_KEY,
): Promise<void> {
  return inTransaction(db, async (trx) => {
    await lockGroupTree(trx, orgId);
    // Children, then invites, then the group: who holds one of the first may wait for the last.
    const children = await detachChildren(trx, orgId, groupId);
    await lockGroupAndInvites(trx, orgId, groupId);
    const before = await readGroup(trx, orgId, groupId);
    if (!before) throw new PublicError('not_found', 'Group not found');
    await revokeGroupInvites(trx, orgId, groupId, by);
    await trx.deleteFrom('groups').where('org_id', '=', orgId).where('id', '=', groupId).execute();
    await audit(
      trx,
      ...children.map((resourceId) => ({
        orgId,
        by,
        action: 'group.update' as const,
        resourceId,
        before: { parent_id: groupId },
        after: { parent_id: null },
      })),
      { orgId, by, action: 'group.delete', resourceId: groupId, before, after: null },
    );
  });
}

/** @returns who they were, oldest first. */
async function detachChildren(
  trx: Kysely<Database>,
  orgId: string,
  groupId: string,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update groups set parent_id = null, updated_at = clock_timestamp() from (
      select id from groups where org_id = ${orgId} and parent_id = ${groupId}
      order by id for no key update) as child
    where groups.org_id = ${orgId} and groups.id = child.id
    returning groups.id`.execute(trx);
  return rows.map(({ id }) => id).toSorted();
}

/** What the log keeps of it. */
async function readGroup(trx: Kysely<Database>, orgId: string, groupId: string) {
  const group = await trx
    .selectFrom('groups')
    .select(GROUP_COLUMNS)
    .select((eb) => [
      eb
        .selectFrom('group_websites')
        .select((websites) =>
          websites.fn.agg<string[]>('array_agg', ['website_id']).as('website_ids'),
        )
        .whereRef('group_websites.group_id', '=', 'groups.id')
        .as('website_ids'),
      eb
        .selectFrom('group_members')
        .select((members) => members.fn.countAll<number>().as('members'))
        .whereRef('group_members.group_id', '=', 'groups.id')
        .as('members'),
    ])
    .where('org_id', '=', orgId)
    .where('id', '=', groupId)
    .executeTakeFirst();
  return group && { ...group, website_ids: (group.website_ids ?? []).toSorted() };
}
