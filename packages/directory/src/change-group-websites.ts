import { unique } from '@usher/contracts';
import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';

/** By id, each once. */
export interface WebsiteChanges {
  added: string[];
  removed: string[];
}

/** Which of these websites the group really lacks, and which it really has. */
export async function findWebsiteChanges(
  trx: Kysely<Database>,
  groupId: string,
  add: readonly string[] = [],
  remove: readonly string[] = [],
): Promise<WebsiteChanges> {
  const asked = unique([...add, ...remove]);
  if (asked.length === 0) return { added: [], removed: [] };
  const rows = await trx
    .selectFrom('group_websites')
    .select('website_id')
    .where('group_id', '=', groupId)
    .where('website_id', 'in', asked)
    .execute();
  const inside = new Set(rows.map((row) => row.website_id));
  return {
    added: unique(add)
      .filter((id) => !inside.has(id))
      .toSorted(),
    removed: unique(remove).filter((id) => inside.has(id)),
  };
}

/** Write them; whoever calls holds the group's row. */
export async function changeGroupWebsites(
  trx: Kysely<Database>,
  orgId: string,
  groupId: string,
  { added, removed }: WebsiteChanges,
): Promise<void> {
  if (removed.length > 0) {
    await trx
      .deleteFrom('group_websites')
      .where('group_id', '=', groupId)
      .where('website_id', 'in', removed)
      .execute();
  }
  if (added.length > 0) {
    await trx
      .insertInto('group_websites')
      .values(
        added.map((websiteId) => ({ org_id: orgId, group_id: groupId, website_id: websiteId })),
      )
      .execute();
  }
}
