import { PublicError, unique } from '@usher/contracts';
import { newId, type Database } from '@usher/db';
import type { Kysely } from 'kysely';
import { assertOwnWebsites } from './assert-own-websites.ts';
import { selectGroups, type Group } from './find-groups.ts';
import { inTransaction } from './in-transaction.ts';

export interface NewGroup {
  name: string;
  /** At least one. */
  websiteIds: readonly string[];
  externalId?: string | null;
}

/**
 * Create a group that holds these websites, or nothing at all.
 * @throws {PublicError} `invalid_request` naming the websites that are not the organization's;
 * `external_id_in_use`, with the group in the way.
 */
export function createGroup(db: Kysely<Database>, orgId: string, wanted: NewGroup): Promise<Group> {
  const websiteIds = unique(wanted.websiteIds);
  return inTransaction(db, async (trx) => {
    if (websiteIds.length === 0) {
      throw new PublicError('invalid_request', 'A group must name at least one website');
    }
    await assertOwnWebsites(trx, orgId, websiteIds);
    const id = newId();
    const inserted = await trx
      .insertInto('groups')
      .values({ id, org_id: orgId, name: wanted.name, external_id: wanted.externalId ?? null })
      .onConflict((conflict) =>
        conflict
          .columns(['org_id', 'external_id'])
          .where('external_id', 'is not', null)
          .doNothing(),
      )
      .returning('id')
      .executeTakeFirst();
    if (!inserted) return throwInUse(trx, orgId, wanted.externalId as string);
    await trx
      .insertInto('group_websites')
      .values(
        websiteIds
          .toSorted()
          .map((websiteId) => ({ org_id: orgId, group_id: id, website_id: websiteId })),
      )
      .execute();
    return selectGroups(trx, orgId).where('id', '=', id).executeTakeFirstOrThrow();
  });
}

async function throwInUse(
  trx: Kysely<Database>,
  orgId: string,
  externalId: string,
): Promise<never> {
  const inTheWay = await trx
    .selectFrom('groups')
    .select(['id', 'name'])
    .where('org_id', '=', orgId)
    .where('external_id', '=', externalId)
    .executeTakeFirst();
  throw new PublicError(
    'external_id_in_use',
    'Another group has this external id',
    inTheWay ? { existing: { type: 'group', ...inTheWay } } : {},
  );
}
