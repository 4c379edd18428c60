import type { ErrorDetail } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';

/** Any number of our own: locks of this class are those of the trees of organizations. */
const LOCK_CLASS = 7_013;

/**
 * Whoever changes which group is below which one waits here for all others of the organization, until
 * the transaction ends: two moves that are harmless each can close a cycle together. Before any row is
 * locked.
 */
export async function lockGroupTree(trx: Kysely<Database>, orgId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LOCK_CLASS}::int, hashtext(${orgId}))`.execute(trx);
}

/**
 * The group to go below, and what stands against it.
 * @param groupId what moves; null: what is being made, which nothing can be below.
 */
export async function findParent(
  db: Kysely<Database>,
  orgId: string,
  groupId: string | null,
  parentNumber: number | null,
): Promise<{ parentId: string | null; details: ErrorDetail[] }> {
  if (parentNumber === null) return { parentId: null, details: [] };
  const refuse = (message: string) => ({
    parentId: null,
    details: [{ path: 'parentId', message }],
  });
  const parent = await findAbove(db, orgId, groupId, parentNumber);
  if (!parent) return refuse('Parent group not found');
  if (parent.id === groupId) return refuse('A group cannot be its own parent');
  if (parent.isBelow) return refuse('A group cannot go below a group that is below it');
  return { parentId: parent.id, details: [] };
}

/** The group of that number, and whether the way up from it comes by the other group. */
async function findAbove(
  db: Kysely<Database>,
  orgId: string,
  groupId: string | null,
  number: number,
): Promise<{ id: string; isBelow: boolean } | undefined> {
  if (!Number.isSafeInteger(number)) return undefined;
  // UNION forgets nothing that it has seen: it would end also where there is a cycle.
  const { rows } = await sql<{ id: string; isBelow: boolean }>`
    with recursive way as (
      select id, parent_id, true as first from groups where org_id = ${orgId} and number = ${number}
      union
      select above.id, above.parent_id, false
      from way join groups as above on above.org_id = ${orgId} and above.id = way.parent_id
    )
    select id, exists (select 1 from way where id = ${groupId}) as "isBelow"
    from way where first`.execute(db);
  return rows[0];
}
