import { PublicError } from '@usher/contracts';
import { violatedConstraint, type Database } from '@usher/db';
import { audit, NO_KEY, type Actor } from '@usher/events';
import { sql, type Kysely } from 'kysely';
import { assertFreeExternalId, throwInUse } from './assert-free-external-id.ts';
import { assertOwnWebsites } from './assert-own-websites.ts';
import {
  changeGroupWebsites,
  findWebsiteChanges,
  type WebsiteChanges,
} from './change-group-websites.ts';
import { selectGroups, type Group } from './find-groups.ts';
import { inTransaction } from './in-transaction.ts';

/** What is left out stays as it is. */
export interface GroupChange {
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
 * organization's; `external_id_in_use`, with the group in the way. After any of these nothing was
 * written, and the caller's transaction can go on.
 */
export function changeGroup(
  db: Kysely<Database>,
  orgId: string,
  groupId: string,
  change: GroupChange,
  by: Actor = NO_KEY,
): Promise<Group> {
  return inTransaction(db, async (trx) => {
    // Weaker than FOR UPDATE: who adds members to the group need not wait.
    const row = await selectRow(trx, orgId, groupId).forNoKeyUpdate().executeTakeFirst();
    if (!row) throw notFound();
    await assertAllowed(trx, orgId, groupId, change);
    const columns = changedColumns(row, change);
    const { addWebsiteIds, removeWebsiteIds } = change;
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
  if (!(await selectRow(db, orgId, groupId).executeTakeFirst())) throw notFound();
  await assertAllowed(db, orgId, groupId, change);
}

interface Columns {
  name: string;
  external_id: string | null;
  billing_enabled: boolean;
}

function selectRow(db: Kysely<Database>, orgId: string, groupId: string) {
  return db
    .selectFrom('groups')
    .select(['name', 'external_id', 'billing_enabled'])
    .where('org_id', '=', orgId)
    .where('id', '=', groupId);
}

const notFound = () => new PublicError('not_found', 'Group not found');

async function assertAllowed(
  db: Kysely<Database>,
  orgId: string,
  groupId: string,
  { addWebsiteIds = [], externalId }: GroupChange,
): Promise<void> {
  await assertOwnWebsites(db, orgId, addWebsiteIds, 'add_website_ids');
  if (typeof externalId === 'string') await assertFreeExternalId(db, orgId, externalId, groupId);
}

function changedColumns(row: Columns, change: GroupChange): Partial<Columns> {
  const { name = row.name, externalId = row.external_id } = change;
  const { billingEnabled = row.billing_enabled } = change;
  return {
    ...(name !== row.name && { name }),
    ...(externalId !== row.external_id && { external_id: externalId }),
    ...(billingEnabled !== row.billing_enabled && { billing_enabled: billingEnabled }),
  };
}

/** Of what changed, how it was and how it is: of websites, those that went and those that came. */
function looksOf(row: Columns, columns: Partial<Columns>, { added, removed }: WebsiteChanges) {
  const names = Object.keys(columns) as Array<keyof Columns>;
  return {
    before: {
      ...Object.fromEntries(names.map((name) => [name, row[name]])),
      ...(removed.length > 0 && { website_ids: removed }),
    },
    after: { ...columns, ...(added.length > 0 && { website_ids: added }) },
  };
}

async function updateRow(
  trx: Kysely<Database>,
  orgId: string,
  groupId: string,
  columns: Partial<Columns>,
): Promise<void> {
  const update = trx
    .updateTable('groups')
    // Not now(): the transaction may have begun before the change that it waited for.
    .set({ ...columns, updated_at: sql<Date>`clock_timestamp()` })
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
