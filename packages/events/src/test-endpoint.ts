import { TEST_EVENT, type DeliveryResource } from '@usher/contracts';
import type { Database } from '@usher/db';
import type { Transaction } from 'kysely';
import { audit, NO_KEY, type Actor } from './audit.ts';
import { readOwnDelivery } from './find-deliveries.ts';
import { requireEnabled } from './find-endpoints.ts';
import { publishEvents } from './publish-events.ts';

/**
 * Send an event that means nothing, to this endpoint alone.
 * @throws {PublicError} `not_found`; `state_conflict` where it is disabled.
 */
export async function testEndpoint(
  trx: Transaction<Database>,
  orgId: string,
  endpointId: string,
  by: Actor = NO_KEY,
): Promise<DeliveryResource> {
  await requireEnabled(trx, orgId, endpointId);
  const draft = { orgId, type: TEST_EVENT, data: { endpoint_id: endpointId } } as const;
  await publishEvents(trx, [draft], { endpointId });
  const delivery = await readOwnDelivery(trx, orgId, endpointId);
  await audit(trx, {
    orgId,
    by,
    action: 'webhook_endpoint.test',
    resourceId: endpointId,
    before: null,
    after: { delivery_id: delivery.id },
  });
  return delivery;
}
