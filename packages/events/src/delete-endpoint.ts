import type { Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import { endDeliveries } from './disable-endpoint.ts';
import { endpointNotFound } from './find-endpoints.ts';

/**
 * Nothing more is sent to it, its secrets are gone for good, and only its deliveries are still to be
 * read.
 * @throws {PublicError} `not_found`, also the second time.
 */
export async function deleteEndpoint(
  trx: Transaction<Database>,
  orgId: string,
  endpointId: string,
): Promise<void> {
  const { rows } = await sql<{ gate: string }>`
    with endpoint as (
      update webhook_endpoints set deleted_at = now(), updated_at = now()
      where org_id = ${orgId} and id = ${endpointId} and deleted_at is null
      returning id, gate
    ), secrets as (
      delete from webhook_secrets using endpoint
      where webhook_secrets.org_id = ${orgId} and webhook_secrets.endpoint_id = endpoint.id
    )
    select gate from endpoint`.execute(trx);
  if (!rows[0]) throw endpointNotFound();
  await endDeliveries(trx, { orgId, endpointId, gate: rows[0].gate });
}
