import type { Role } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import type { VerifiedUser } from './upsert-verified-user.ts';

/**
 * A user, whose row is locked, as a member of the organization itself: in the role of an invite, or the
 * one they had, where that is more. @returns both roles; null: they were no member before.
 */
export async function joinOrganization(
  trx: Kysely<Database>,
  orgId: string,
  user: VerifiedUser,
  offered: Role,
): Promise<{ was: Role | null; role: Role }> {
  const { organization_role: held } = await trx
    .selectFrom('users')
    .select('organization_role')
    .where('org_id', '=', orgId)
    .where('id', '=', user.id)
    .executeTakeFirstOrThrow();
  const was = user.isNew ? null : held;
  if (held === 'admin' || offered === 'viewer') return { was, role: held };
  await trx
    .updateTable('users')
    .set({ organization_role: offered, updated_at: sql<Date>`now()` })
    .where('org_id', '=', orgId)
    .where('id', '=', user.id)
    .execute();
  return { was, role: offered };
}
