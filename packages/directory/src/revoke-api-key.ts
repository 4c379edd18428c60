import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import { audit, NO_KEY } from '@usher/events';
import { sql, type Kysely } from 'kysely';
import { inTransaction } from './in-transaction.ts';
import { selectApiKeys, type ApiKey } from './list-api-keys.ts';

/**
 * Revoke a key at once and for good; revoking it again changes nothing and keeps the first time.
 * Without `orgId` the key of any organization: for operators, never for callers.
 * @throws {PublicError} `not_found` for a key that is unknown, or not `orgId`'s.
 */
export async function revokeApiKey(
  db: Kysely<Database>,
  { orgId, keyId }: { orgId?: string; keyId: string },
): Promise<ApiKey> {
  return inTransaction(db, async (trx) => {
    const revoked = await trx
      .updateTable('api_keys')
      .set({ revoked_at: sql<Date>`now()` })
      .where('id', '=', keyId)
      .where('revoked_at', 'is', null)
      .$if(orgId !== undefined, (query) => query.where('org_id', '=', orgId as string))
      .returning('id')
      .executeTakeFirst();
    const key = await selectApiKeys(trx)
      .where('id', '=', keyId)
      .$if(orgId !== undefined, (query) => query.where('org_id', '=', orgId as string))
      .executeTakeFirst();
    if (!key) throw new PublicError('not_found', 'API key not found');
    if (revoked) {
      await audit(trx, {
        orgId: key.orgId,
        by: NO_KEY,
        action: 'api_key.revoke',
        resourceId: keyId,
        before: { revoked_at: null },
        after: { revoked_at: key.revokedAt },
      });
    }
    return key;
  });
}
