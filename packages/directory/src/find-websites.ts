import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';

export interface Website {
  id: string;
  url: string;
  name: string;
  externalId: string | null;
  createdAt: Date;
}

/** The organization's websites, oldest first; those in `scopedTo` alone, unless it is null. */
export async function listWebsites(
  db: Kysely<Database>,
  orgId: string,
  scopedTo: readonly string[] | null,
): Promise<Website[]> {
  if (scopedTo?.length === 0) return [];
  return selectWebsites(db, orgId)
    .$if(scopedTo !== null, (query) => query.where('id', 'in', [...(scopedTo ?? [])]))
    .orderBy('id')
    .execute();
}

/** One website; null where the organization has none of that id. */
export async function findWebsite(
  db: Kysely<Database>,
  orgId: string,
  id: string,
): Promise<Website | null> {
  return (await selectWebsites(db, orgId).where('id', '=', id).executeTakeFirst()) ?? null;
}

export function selectWebsites(db: Kysely<Database>, orgId: string) {
  return db
    .selectFrom('websites')
    .select(['id', 'url', 'name', 'external_id as externalId', 'created_at as createdAt'])
    .where('org_id', '=', orgId);
}
