import type { ApiKey } from '@usher/directory';

/** A key as --json shows it, in the API's field names. `website_ids` is null for a global key. */
export function apiKeyDocument(key: ApiKey) {
  return {
    id: key.id,
    org_id: key.orgId,
    name: key.name,
    prefix: key.prefix,
    scoped: key.scoped,
    website_ids: key.websiteIds,
    read_only: key.readOnly,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
    created_at: key.createdAt,
  };
}

/** What a key may do, in words. */
export function describeApiKey(key: ApiKey): string {
  const reach =
    key.websiteIds === null
      ? 'everything'
      : `${key.websiteIds.length} website${key.websiteIds.length === 1 ? '' : 's'}`;
  return key.readOnly ? `${reach}, read only` : reach;
}
