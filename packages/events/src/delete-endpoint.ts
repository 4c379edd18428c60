import type { Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import { audit, NO_KEY, shownUrl, type Actor } from './audit.ts';
import { endDeliveries } from './disable-endpoint.ts';
import {
  auditedEndpoint,
  endpointColumns,
  endpointNotFound,
  type EndpointRow,
} from './find-endpoints.ts';

/**
 * Nothing more is sent to it, its secrets are gone for good, and only its deliveries are still to be
 * read.
 * @throws {PublicError} `not_found`, also the second time.
 */
export async function deleteEndpoint(
  trx: Transaction<Database>,
  orgId: string,
  endpointId: string,
  by: Actor = NO_KEY,
): Promise<void> {
  const { rows } = await sql<EndpointRow>`
    with endpoint as (
      update webhook_endpoints set deleted_at = now(), updated_at = now()
      where org_id = ${orgId} and id = ${endpointId} and deleted_at is null
      returning ${endpointColumns}
    ), secrets as (
      delete from webhook_secrets using endpoint
      where webhook_secrets.org_id = ${orgId} and webhook_secrets.endpoint_id = endpoint.id
    )
    select * from endpoint`.execute(trx);
  const [row] = rows;
  if (!row) throw endpointNotFound();
  await endDeliveries(trx, { orgId, endpointId, gate: row.gate });
  await audit(trx, {
    orgId,
    by,
    action: 'webhook_endpoint.delete',
    resourceId: endpointId,
    before: { ...auditedEndpoint(row), url: shownUrl(row.url) },
    after: null,
  });
}
