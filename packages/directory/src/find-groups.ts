import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';

export interface Group {
  id: string;
  orgId: string;
  number: number;
  name: string;
  externalId: string | null;
  billingEnabled: boolean;
  createdAt: Date;
  updatedAt: Date;
  /** By id: oldest first. */
  websites: Array<{ id: string; url: string; name: string }>;
}

/** The organization's groups with their websites, oldest first; with `externalId`, that one or none. */
export function listGroups(
  db: Kysely<Database>,
  orgId: string,
  { externalId }: { externalId?: string | undefined } = {},
): Promise<Group[]> {
  return selectGroups(db, orgId)
    .$if(externalId !== undefined, (query) => query.where('external_id', '=', externalId as string))
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** One group with its websites; null where the organization has none of that id. */
export async function findGroup(
  db: Kysely<Database>,
  orgId: string,
  id: string,
): Promise<Group | null> {
  return (await selectGroups(db, orgId).where('id', '=', id).executeTakeFirst()) ?? null;
}

export function selectGroups(db: Kysely<Database>, orgId: string) {
  return db
    .selectFrom('groups')
    .select((eb) => [
      'id',
      'org_id as orgId',
      'number',
      'name',
      'external_id as externalId',
      'billing_enabled as billingEnabled',
      'created_at as createdAt',
      'updated_at as updatedAt',
      jsonArrayFrom(
        eb
          .selectFrom('group_websites')
          .innerJoin('websites', (join) =>
            join
              .onRef('websites.id', '=', 'group_websites.website_id')
              .onRef('websites.org_id', '=', 'group_websites.org_id'),
          )
          .select(['websites.id', 'websites.url', 'websites.name'])
          .whereRef('group_websites.group_id', '=', 'groups.id')
          .where('group_websites.org_id', '=', orgId)
          .orderBy('websites.id'),
      ).as('websites'),
    ])
    .where('org_id', '=', orgId);
}
