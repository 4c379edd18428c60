import { newId, type Database } from '@usher/db';
import type { Kysely } from 'kysely';

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
  return db
    .insertInto('organizations')
    .values({
      id: newId(),
      name: organization.name,
      partner: organization.partner ?? false,
      contact_email: organization.contactEmail ?? null,
    })
    .returning(columns)
    .executeTakeFirstOrThrow();
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
