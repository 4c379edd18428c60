import { newId, type Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';

export interface VerifiedUser {
  id: string;
  isNew: boolean;
}

/**
 * The user of this address, made or found, verified and locked until the transaction ends. Names fill
 * only what is empty. @returns the user's id, and whether it was just made.
 */
export async function upsertVerifiedUser(
  trx: Kysely<Database>,
  orgId: string,
  user: { email: string; firstName: string | null; lastName: string | null },
): Promise<VerifiedUser> {
  const { rows } = await sql<VerifiedUser>`
    insert into users as u (id, org_id, email, email_verified, first_name, last_name)
    values (${newId()}, ${orgId}, ${user.email}, true, ${user.firstName}, ${user.lastName})
    on conflict (org_id, email) do update set
      email_verified = true,
      first_name = coalesce(nullif(u.first_name, ''), excluded.first_name),
      last_name = coalesce(nullif(u.last_name, ''), excluded.last_name),
      updated_at = case
        when u.email_verified
          and (coalesce(u.first_name, '') <> '' or excluded.first_name is null)
          and (coalesce(u.last_name, '') <> '' or excluded.last_name is null)
        then u.updated_at else now() end
    returning id, u.xmax = 0 as "isNew"`.execute(trx);
  return rows[0] as VerifiedUser;
}
