import { PublicError, unique } from '@usher/contracts';
import { newId, type Database } from '@usher/db';
import { audit, NO_KEY, type Actor } from '@usher/events';
import type { Kysely } from 'kysely';
import { assertFreeExternalId, throwInUse } from './assert-free-external-id.ts';
import { assertOwnWebsites } from './assert-own-websites.ts';
import { selectGroups, type Group } from './find-groups.ts';
import { inTransaction } from './in-transaction.ts';

export interface NewGroup {
  /** Left out: a new one. */
  id?: string;
  name: string;
  /** At least one. */
  websiteIds: readonly string[];
  externalId?: string | null;
  /** Left out: false. Whoever sets it has seen to the billing entity. */
  billingEnabled?: boolean;
}

/**
 * Create a group that holds these websites, or nothing at all.
 * @throws {PublicError} `invalid_request` naming the websites that are not the organization's;
 * `external_id_in_use`, with the group in the way. The caller's transaction can go on after either.
 */
export function createGroup(
  db: Kysely<Database>,
  orgId: string,
  wanted: NewGroup,
  by: Actor = NO_KEY,
): Promise<Group> {
  return inTransaction(db, async (trx) => {
    await assertNewGroup(trx, orgId, wanted);
    const id = wanted.id ?? newId();
    const inserted = await trx
      .insertInto('groups')
      .values({
        id,
        org_id: orgId,
        name: wanted.name,
        external_id: wanted.externalId ?? null,
        billing_enabled: wanted.billingEnabled ?? false,
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
    const websiteIds = unique(wanted.websiteIds).toSorted();
    await trx
      .insertInto('group_websites')
      .values(
        websiteIds.map((websiteId) => ({ org_id: orgId, group_id: id, website_id: websiteId })),
      )
      .execute();
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
  wanted: Pick<NewGroup, 'websiteIds' | 'externalId'>,
): Promise<void> {
  const websiteIds = unique(wanted.websiteIds);
  if (websiteIds.length === 0) {
    throw new PublicError('invalid_request', 'A group must name at least one website');
  }
  await assertOwnWebsites(db, orgId, websiteIds);
  if (typeof wanted.externalId === 'string') {
    await assertFreeExternalId(db, orgId, wanted.externalId);
  }
}
