import { PublicError } from '@usher/contracts';
import { newId, type Database } from '@usher/db';
import { audit, NO_KEY, shownUrl, type Actor } from '@usher/events';
import { sql, type Kysely } from 'kysely';
import { selectWebsites, type Website } from './find-websites.ts';
import { inTransaction } from './in-transaction.ts';

export interface NewWebsite {
  url: string;
  /** Left out or null: the url. */
  name?: string | null;
  externalId?: string | null;
}

/**
 * Create websites, all or none, in the order given; the result keeps it.
 * @throws {PublicError} `invalid_request` when two of them claim one external id;
 * `external_id_in_use`, with the website in the way, when one of the organization's has it.
 */
export async function createWebsites(
  db: Kysely<Database>,
  orgId: string,
  websites: readonly NewWebsite[],
  by: Actor = NO_KEY,
): Promise<Website[]> {
  const externalIds = websites.map((website) => website.externalId ?? null);
  refuseRepeats(externalIds);
  const ids = websites.map(() => newId());
  return inTransaction(db, async (trx) => {
    const { rows } = await sql<Website>`
      insert into websites (id, org_id, url, name, external_id)
      select id, ${orgId}::uuid, url, name, external_id
      from unnest(
        ${ids}::uuid[],
        ${websites.map((website) => website.url)}::text[],
        ${websites.map((website) => website.name ?? website.url)}::text[],
        ${externalIds}::text[]
      ) as wanted (id, url, name, external_id)
      on conflict (org_id, external_id) where external_id is not null do nothing
      returning id, url, name, external_id as "externalId", created_at as "createdAt"`.execute(trx);
    if (rows.length < ids.length) await throwInUse(trx, orgId, ids, externalIds);
    await audit(
      trx,
      ...rows.map(({ id, url, name, externalId }) => ({
        orgId,
        by,
        action: 'website.create' as const,
        resourceId: id,
        before: null,
        after: {
          url: shownUrl(url),
          name: name === url ? shownUrl(url) : name,
          external_id: externalId,
        },
      })),
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id) as Website);
  });
}

function refuseRepeats(externalIds: readonly (string | null)[]): void {
  const details = externalIds.flatMap((externalId, index) =>
    externalId !== null && externalIds.indexOf(externalId) < index
      ? [{ path: `websites.${index}.external_id`, message: 'is repeated in this request' }]
      : [],
  );
  if (details.length > 0) {
    throw new PublicError('invalid_request', 'An external id is repeated', { details });
  }
}

async function throwInUse(
  trx: Kysely<Database>,
  orgId: string,
  ids: readonly string[],
  externalIds: readonly (string | null)[],
): Promise<never> {
  const inTheWay = await selectWebsites(trx, orgId)
    .where(
      'external_id',
      'in',
      externalIds.filter((externalId) => externalId !== null),
    )
    .where('id', 'not in', [...ids])
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  throw new PublicError(
    'external_id_in_use',
    'Another website has this external id',
    inTheWay ? { existing: { type: 'website', id: inTheWay.id, name: inTheWay.name } } : {},
  );
}
