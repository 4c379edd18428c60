import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';

/** Whether the group has its billing entity: its flag may say otherwise. */
export async function isProvisioned(
  db: Kysely<Database>,
  orgId: string,
  groupId: string,
): Promise<boolean> {
  const entity = await db
    .selectFrom('billing_entities')
    .select('state')
    .where('group_id', '=', groupId)
    .where('org_id', '=', orgId)
    .executeTakeFirst();
  return entity?.state === 'provisioned';
}
