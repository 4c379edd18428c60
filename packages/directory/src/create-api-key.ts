import { PublicError, unique } from '@usher/contracts';
import { newId, type Database } from '@usher/db';
import { audit, NO_KEY } from '@usher/events';
import type { Kysely } from 'kysely';
import { newApiKey } from './api-key-hash.ts';
import { assertOwnWebsites } from './assert-own-websites.ts';
import { inTransaction } from './in-transaction.ts';
import { selectApiKeys, type ApiKey } from './list-api-keys.ts';

export interface NewApiKey {
  orgId: string;
  name?: string;
  /** Given: the key sees these websites alone. Left out: it sees everything of the organization. */
  websiteIds?: readonly string[];
  readOnly?: boolean;
  expiresAt?: Date | null;
}

/**
 * A new key. `key` is the whole key in the clear: it is shown here and can never be read again.
 * @throws {PublicError} `not_found` for an unknown organization; `invalid_request` for an empty list
 * of websites, for websites that are not the organization's, and for an expiry that is not ahead.
 */
export async function createApiKey(
  db: Kysely<Database>,
  wanted: NewApiKey,
): Promise<ApiKey & { key: string }> {
  const { orgId, expiresAt = null } = wanted;
  const websiteIds = wanted.websiteIds && unique(wanted.websiteIds);
  if (websiteIds?.length === 0) {
    throw new PublicError('invalid_request', 'A scoped key must name at least one website');
  }
  if (expiresAt && expiresAt.getTime() <= Date.now()) {
    throw new PublicError('invalid_request', 'A key must expire in the future');
  }
  return inTransaction(db, async (trx) => {
    const organization = await trx
      .selectFrom('organizations')
      .select('id')
      .where('id', '=', orgId)
      .executeTakeFirst();
    if (!organization) throw new PublicError('not_found', 'Organization not found');
    if (websiteIds) await assertOwnWebsites(trx, orgId, websiteIds);

    const { key, prefix, hash } = newApiKey();
    const id = newId();
    await trx
      .insertInto('api_keys')
      .values({
        id,
        org_id: orgId,
        name: wanted.name ?? '',
        prefix,
        hash,
        scoped: websiteIds !== undefined,
        read_only: wanted.readOnly ?? false,
        expires_at: expiresAt,
      })
      .execute();
    if (websiteIds) {
      await trx
        .insertInto('api_key_websites')
        .values(
          websiteIds.map((websiteId) => ({
            org_id: orgId,
            api_key_id: id,
            website_id: websiteId,
          })),
        )
        .execute();
    }
    const created = await selectApiKeys(trx)
      .where('org_id', '=', orgId)
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    await audit(trx, {
      orgId,
      by: NO_KEY,
      action: 'api_key.create',
      resourceId: id,
      before: null,
      after: {
        name: created.name,
        prefix,
        website_ids: created.websiteIds,
        read_only: created.readOnly,
        expires_at: expiresAt,
      },
    });
    return { ...created, key };
  });
}
