import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';

/**
 * @param holder the group that may have it.
 * @throws {PublicError} `external_id_in_use`, with the group in the way.
 */
export async function assertFreeExternalId(
  db: Kysely<Database>,
  orgId: string,
  externalId: string,
  holder?: string,
): Promise<void> {
  const inTheWay = await findInTheWay(db, orgId, externalId);
  if (inTheWay && inTheWay.id !== holder) throw inUse(inTheWay);
}

/** Somebody has just won the race for this external id. @throws {PublicError} as above, always. */
export async function throwInUse(
  db: Kysely<Database>,
  orgId: string,
  externalId: string,
): Promise<never> {
  throw inUse(await findInTheWay(db, orgId, externalId));
}

interface InTheWay {
  id: string;
  name: string;
}

function findInTheWay(
  db: Kysely<Database>,
  orgId: string,
  externalId: string,
): Promise<InTheWay | undefined> {
  return db
    .selectFrom('groups')
    .select(['id', 'name'])
    .where('org_id', '=', orgId)
    .where('external_id', '=', externalId)
    .executeTakeFirst();
}

function inUse(inTheWay: InTheWay | undefined): PublicError {
  return new PublicError(
    'external_id_in_use',
    'Another group has this external id',
    inTheWay ? { existing: { type: 'group', ...inTheWay } } : {},
  );
}
