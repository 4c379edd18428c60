import type { AttributeValue } from '@usher/contracts';
import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';

export interface Group {
  id: string;
  orgId: string;
  number: number;
  name: string;
  /** Of the group that it is below; null: of none. */
  parentNumber: number | null;
  description: string | null;
  /** By name. */
  attributes: Record<string, AttributeValue>;
  externalId: string | null;
  billingEnabled: boolean;
  createdAt: Date;
  updatedAt: Date;
  /** Its own members, without those of the groups below it. */
  usersCount: number;
  /** By id: oldest first. */
  websites: Array<{ id: string; url: string; name: string }>;
}

/** The organization's groups with their websites, oldest first; with `externalId`, that one or none. */
export function listGroups(
  db: Kysely<Database>,
  orgId: string,
  { externalId }: { externalId?: string | undefined } = {},
): Promise<Group[]> {
  return oldestFirst(db, orgId, externalId).execute();
}

/** As `listGroups`, but `limit` of them after the first `offset`, and how many there are in all. */
export async function pageGroups(
  db: Kysely<Database>,
  orgId: string,
  { offset, limit, externalId }: { offset: number; limit: number; externalId?: string | undefined },
): Promise<{ groups: Group[]; total: number }> {
  const { total } = await db
    .selectFrom('groups')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('org_id', '=', orgId)
    .$if(externalId !== undefined, (query) => query.where('external_id', '=', externalId as string))
    .executeTakeFirstOrThrow();
  const groups =
    offset < total
      ? await oldestFirst(db, orgId, externalId).offset(offset).limit(limit).execute()
      : [];
  return { groups, total };
}

/** One group with its websites; null where the organization has none of that id. */
export async function findGroup(
  db: Kysely<Database>,
  orgId: string,
  id: string,
): Promise<Group | null> {
  return (await selectGroups(db, orgId).where('id', '=', id).executeTakeFirst()) ?? null;
}

/** The same by its number, and null also where there is no such number. */
export async function findGroupByNumber(
  db: Kysely<Database>,
  orgId: string,
  number: number,
): Promise<Group | null> {
  if (!Number.isSafeInteger(number)) return null;
  return (await selectGroups(db, orgId).where('number', '=', number).executeTakeFirst()) ?? null;
}

function oldestFirst(db: Kysely<Database>, orgId: string, externalId: string | undefined) {
  return selectGroups(db, orgId)
    .$if(externalId !== undefined, (query) => query.where('external_id', '=', externalId as string))
    .orderBy('created_at')
    .orderBy('id');
}

export function selectGroups(db: Kysely<Database>, orgId: string) {
  return db
    .selectFrom('groups')
    .select((eb) => [
      'id',
      'org_id as orgId',
      'number',
      'name',
      eb
        .selectFrom('groups as parent')
        .select('parent.number')
        .whereRef('parent.org_id', '=', 'groups.org_id')
        .whereRef('parent.id', '=', 'groups.parent_id')
        .as('parentNumber'),
      'description',
      'attributes',
      'external_id as externalId',
      'billing_enabled as billingEnabled',
      'created_at as createdAt',
      'updated_at as updatedAt',
      eb
        .selectFrom('group_members')
        .select((members) => members.fn.countAll<number>().as('count'))
        .whereRef('group_members.group_id', '=', 'groups.id')
        .where('group_members.org_id', '=', orgId)
        .$asScalar()
        .$notNull()
        .as('usersCount'),
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
