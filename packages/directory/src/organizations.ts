import { newId, type Database } from '@usher/db';
import { audit, NO_KEY } from '@usher/events';
import type { Kysely } from 'kysely';
import { inTransaction } from './in-transaction.ts';

export interface Organization {
  id: string;
  name: string;
  partner: boolean;
  contactEmail: string | null;
  createdAt: Date;
}

const columns = [
  'id',
  'name',
  'partner',
  'contact_email as contactEmail',
  'created_at as createdAt',
] as const;

/** A new organization, with nothing in it. Names have 1 to 255 characters. */
export function createOrganization(
  db: Kysely<Database>,
  organization: { name: string; partner?: boolean; contactEmail?: string | null },
): Promise<Organization> {
  const id = newId();
  const after = {
    name: organization.name,
    partner: organization.partner ?? false,
    contact_email: organization.contactEmail ?? null,
  };
  return inTransaction(db, async (trx) => {
    const made = await trx
      .insertInto('organizations')
      .values({ id, ...after })
      .returning(columns)
      .executeTakeFirstOrThrow();
    const action = 'organization.create';
    await audit(trx, { orgId: id, by: NO_KEY, action, resourceId: id, before: null, after });
    return made;
  });
}

export async function findOrganization(
  db: Kysely<Database>,
  id: string,
): Promise<Organization | null> {
  const found = await db
    .selectFrom('organizations')
    .select(columns)
    .where('id', '=', id)
    .executeTakeFirst();
  return found ?? null;
}
