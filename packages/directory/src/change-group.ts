import { PublicError } from '@usher/contracts';
import { violatedConstraint, type Database } from '@usher/db';
import { audit, NO_KEY, type Actor } from '@usher/events';
import { sql, type Kysely } from 'kysely';
import { assertFreeExternalId, throwInUse } from './assert-free-external-id.ts';
import { assertOwnWebsites } from './assert-own-websites.ts';
import { changeGroupWebsites, findWebsiteChanges } from './change-group-websites.ts';
import { selectGroups, type Group } from './find-groups.ts';
import {
  changedColumns,
  GROUP_COLUMNS,
  looksOf,
  toRow,
  type GroupColumns,
} from './group-columns.ts';
import { lockGroupTree } from './group-tree.ts';
import { inTransaction } from './in-transaction.ts';
import { resolveGroupFields, type GroupFields } from './resolve-group-fields.ts';

/** What is left out stays as it is. */
export interface GroupChange extends GroupFields {
  name?: string | undefined;
  /** Those already in the group are ignored. */
  addWebsiteIds?: readonly string[] | undefined;
  /** Those not in the group are ignored, whoever owns them. None of them is to be added too. */
  removeWebsiteIds?: readonly string[] | undefined;
  /** Null clears it. */
  externalId?: string | null | undefined;
  billingEnabled?: boolean | undefined;
}

/**
 * Change a group: all of it or nothing. `updatedAt` moves only when something really changed; what
 * changes nothing writes nothing.
 * @throws {PublicError} `not_found`; `invalid_request` naming the websites that are not the
 * organization's, or as `resolveGroupFields`; `external_id_in_use`, with the group in the way. After any
 * of these nothing was written, and the caller's transaction can go on.
 */
export function changeGroup(
  db: Kysely<Database>,
  orgId: string,
  groupId: string,
  change: GroupChange,
  by: Actor = NO_KEY,
): Promise<Group> {
  return inTransaction(db, async (trx) => {
    if (change.parentNumber !== undefined) await lockGroupTree(trx, orgId);
    // Weaker than FOR UPDATE: who adds members to the group need not wait.
    const row = await selectRow(trx, orgId, groupId).forNoKeyUpdate().executeTakeFirst();
    if (!row) throw notFound();
    const { addWebsiteIds, removeWebsiteIds } = change;
    const columns = changedColumns(row, await findAllowed(trx, orgId, row, change));
    const websites = await findWebsiteChanges(trx, groupId, addWebsiteIds, removeWebsiteIds);
    const changes = Object.keys(columns).length + websites.added.length + websites.removed.length;
    if (changes > 0) {
      // The row first: it alone can still be refused.
      await updateRow(trx, orgId, groupId, columns);
      await changeGroupWebsites(trx, orgId, groupId, websites);
      const looks = looksOf(row, columns, websites);
      await audit(trx, { orgId, by, action: 'group.update', resourceId: groupId, ...looks });
    }
    return selectGroups(trx, orgId).where('id', '=', groupId).executeTakeFirstOrThrow();
  });
}

/**
 * What `changeGroup` would refuse now; reads only, and locks nothing.
 * @throws {PublicError} as `changeGroup`.
 */
export async function assertGroupChange(
  db: Kysely<Database>,
  orgId: string,
  groupId: string,
  change: GroupChange,
): Promise<void> {
  const row = await selectRow(db, orgId, groupId).executeTakeFirst();
  if (!row) throw notFound();
  await findAllowed(db, orgId, row, change);
}

function selectRow(db: Kysely<Database>, orgId: string, groupId: string) {
  return db
    .selectFrom('groups')
    .select(['id', ...GROUP_COLUMNS])
    .where('org_id', '=', orgId)
    .where('id', '=', groupId);
}

const notFound = () => new PublicError('not_found', 'Group not found');

/** What the row would hold. @throws {PublicError} what stands against it. */
async function findAllowed(
  db: Kysely<Database>,
  orgId: string,
  row: GroupColumns & { id: string },
  change: GroupChange,
) {
  const { name, addWebsiteIds = [], externalId, billingEnabled } = change;
  await assertOwnWebsites(db, orgId, addWebsiteIds, 'add_website_ids');
  if (typeof externalId === 'string') await assertFreeExternalId(db, orgId, externalId, row.id);
  const fields = await resolveGroupFields(db, orgId, row, change);
  return { name, external_id: externalId, billing_enabled: billingEnabled, ...fields };
}

async function updateRow(
  trx: Kysely<Database>,
  orgId: string,
  groupId: string,
  columns: Partial<GroupColumns>,
): Promise<void> {
  const update = trx
    .updateTable('groups')
    // Not now(): the transaction may have begun before the change that it waited for.
    .set({ ...toRow(columns), updated_at: sql<Date>`clock_timestamp()` })
    .where('org_id', '=', orgId)
    .where('id', '=', groupId);
  if (typeof columns.external_id !== 'string') return void (await update.execute());
  await sql`savepoint claim_external_id`.execute(trx);
  try {
    await update.execute();
  } catch (error) {
    if (violatedConstraint(error) !== 'groups_external_id') throw error;
    // Somebody claimed it since we looked; only the claim is undone.
    await sql`rollback to savepoint claim_external_id`.execute(trx);
    return throwInUse(trx, orgId, columns.external_id);
  }
  await sql`release savepoint claim_external_id`.execute(trx);
}
