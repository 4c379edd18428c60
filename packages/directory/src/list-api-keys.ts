import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';

export interface ApiKey {
  id: string;
  orgId: string;
  name: string;
  /** The first characters of the key: enough to recognize it, useless to whoever reads it. */
  prefix: string;
  scoped: boolean;
  /** Of a scoped key; null for a global one. */
  websiteIds: string[] | null;
  readOnly: boolean;
  expiresAt: Date | null;
  revokedAt: Date | null;
  createdAt: Date;
}

/** The organization's keys, oldest first, revoked and expired ones too. */
export function listApiKeys(db: Kysely<Database>, orgId: string): Promise<ApiKey[]> {
  return selectApiKeys(db).where('org_id', '=', orgId).orderBy('id').execute();
}

/** Everything about a key except its hash. */
export function selectApiKeys(db: Kysely<Database>) {
  return db.selectFrom('api_keys').select([
    'id',
    'org_id as orgId',
    'name',
    'prefix',
    'scoped',
    'read_only as readOnly',
    'expires_at as expiresAt',
    'revoked_at as revokedAt',
    'created_at as createdAt',
    sql<string[] | null>`case when scoped then array(
      select w.website_id from api_key_websites w
      where w.org_id = api_keys.org_id and w.api_key_id = api_keys.id order by w.website_id
    ) end`.as('websiteIds'),
  ]);
}
