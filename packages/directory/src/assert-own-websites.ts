import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';

/**
 * @throws {PublicError} `invalid_request` naming every id that is not a website of the organization;
 * another organization's and an unknown one read the same.
 * @param field how the caller knows the list.
 */
export async function assertOwnWebsites(
  db: Kysely<Database>,
  orgId: string,
  websiteIds: readonly string[],
  field = 'website_ids',
): Promise<void> {
  if (websiteIds.length === 0) return;
  const rows = await db
    .selectFrom('websites')
    .select('id')
    .where('org_id', '=', orgId)
    .where('id', 'in', [...websiteIds])
    .execute();
  const own = new Set(rows.map((row) => row.id));
  const details = websiteIds
    .map((id, index) => ({ path: `${field}.${index}`, message: `Website ${id} not found`, id }))
    .filter(({ id }) => !own.has(id))
    .map(({ path, message }) => ({ path, message }));
  if (details.length > 0) {
    throw new PublicError('invalid_request', 'Some websites are not of this organization', {
      details,
    });
  }
}
