import { unique } from '@usher/contracts';
import { newId, type Database } from '@usher/db';
import { audit, NO_KEY, type Actor } from '@usher/events';
import type { Kysely } from 'kysely';
import { assertFreeExternalId, throwInUse } from './assert-free-external-id.ts';
import { assertOwnWebsites } from './assert-own-websites.ts';
import { changeGroupWebsites } from './change-group-websites.ts';
import { selectGroups, type Group } from './find-groups.ts';
import { toRow } from './group-columns.ts';
import { lockGroupTree } from './group-tree.ts';
import { inTransaction } from './in-transaction.ts';
import { resolveGroupFields, type GroupFields } from './resolve-group-fields.ts';

/**
 * Attributes that are left out are not asked for: whoever knows of none makes groups without those that
 * are required. Given, if only as `{}`, they must hold all of them.
 */
export interface NewGroup extends GroupFields {
  /** Left out: a new one. */
  id?: string;
  name: string;
  websiteIds?: readonly string[] | undefined;
  externalId?: string | null | undefined;
  /** Left out: false. Whoever sets it has seen to the billing entity. */
  billingEnabled?: boolean;
}

/**
 * Create a group that holds these websites, if any are named, or nothing at all.
 * @throws {PublicError} `invalid_request` naming the websites that are not the organization's, or as
 * `resolveGroupFields`; `external_id_in_use`, with the group in the way. The caller's transaction can go
 * on after any.
 */
export function createGroup(
  db: Kysely<Database>,
  orgId: string,
  wanted: NewGroup,
  by: Actor = NO_KEY,
): Promise<Group> {
  return inTransaction(db, async (trx) => {
    // Nobody deletes its parent meanwhile.
    if (typeof wanted.parentNumber === 'number') await lockGroupTree(trx, orgId);
    const fields = await findAllowed(trx, orgId, wanted);
    const id = wanted.id ?? newId();
    const inserted = await trx
      .insertInto('groups')
      .values({
        id,
        org_id: orgId,
        name: wanted.name,
        external_id: wanted.externalId ?? null,
        billing_enabled: wanted.billingEnabled ?? false,
        ...toRow(fields),
      })
      .onConflict((conflict) =>
        conflict
          .columns(['org_id', 'external_id'])
          .where('external_id', 'is not', null)
          .doNothing(),
      )
      .returning('id')
      .executeTakeFirst();
    if (!inserted) return throwInUse(trx, orgId, wanted.externalId as string);
    const websiteIds = unique(wanted.websiteIds ?? []).toSorted();
    await changeGroupWebsites(trx, orgId, id, { added: websiteIds, removed: [] });
    const { parent_id, description, attributes = {} } = fields;
    await audit(trx, {
      orgId,
      by,
      action: 'group.create',
      resourceId: id,
      before: null,
      after: {
        name: wanted.name,
        external_id: wanted.externalId ?? null,
        billing_enabled: wanted.billingEnabled ?? false,
        website_ids: websiteIds,
        ...(parent_id && { parent_id }),
        ...(description && { description }),
        ...(Object.keys(attributes).length > 0 && { attributes }),
      },
    });
    return selectGroups(trx, orgId).where('id', '=', id).executeTakeFirstOrThrow();
  });
}

/**
 * What `createGroup` would refuse now; reads only, and locks nothing.
 * @throws {PublicError} as `createGroup`.
 */
export async function assertNewGroup(
  db: Kysely<Database>,
  orgId: string,
  wanted: Omit<NewGroup, 'name'>,
): Promise<void> {
  await findAllowed(db, orgId, wanted);
}

/** What beside the rest its row would hold. @throws {PublicError} what stands against it. */
async function findAllowed(
  db: Kysely<Database>,
  orgId: string,
  wanted: Omit<NewGroup, 'name'>,
): Promise<Awaited<ReturnType<typeof resolveGroupFields>>> {
  await assertOwnWebsites(db, orgId, unique(wanted.websiteIds ?? []));
  if (typeof wanted.externalId === 'string') {
    await assertFreeExternalId(db, orgId, wanted.externalId);
  }
  return resolveGroupFields(db, orgId, null, wanted);
}
