import { PublicError, type DeliveryResource } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import { audit, difference, NO_KEY, type Actor } from './audit.ts';
import { deliveryNotFound, requireDelivery } from './find-deliveries.ts';
import { endpointDisabled } from './find-endpoints.ts';
import { reopenGate } from './gates.ts';
import { WEBHOOK } from './publish-events.ts';
import { replayBatch } from './replay-batch.ts';

/**
 * Send one delivery again. One that has ended is `pending` again; one that waits is due now; one that
 * is being sent is left as it is.
 * @throws {PublicError} `not_found`; `state_conflict` where its endpoint is disabled or deleted.
 */
export async function replayDelivery(
  trx: Transaction<Database>,
  orgId: string,
  deliveryId: string,
  by: Actor = NO_KEY,
): Promise<DeliveryResource> {
  const { rows } = await sql<{
    gate: string;
    inOrder: boolean;
    disabled: boolean;
    deleted: boolean;
  }>`
    select endpoint.gate, endpoint.in_order as "inOrder",
      endpoint.disabled_at is not null as disabled, endpoint.deleted_at is not null as deleted
    from deliveries as delivery join webhook_endpoints as endpoint
      on endpoint.org_id = delivery.org_id and endpoint.id = delivery.endpoint_id
    where delivery.org_id = ${orgId} and delivery.id = ${deliveryId}`.execute(trx);
  const [endpoint] = rows;
  if (!endpoint) throw deliveryNotFound();
  if (endpoint.deleted) {
    throw new PublicError('state_conflict', 'The webhook endpoint was deleted');
  }
  if (endpoint.disabled) throw endpointDisabled();
  const before = await requireDelivery(trx, orgId, deliveryId);
  const { replayed } = await replayBatch(trx, { orgId, deliveryId }, { limit: 1 });
  const moved = replayed > 0 || (await hasten(trx, deliveryId, endpoint));
  const after = await requireDelivery(trx, orgId, deliveryId);
  const looks = difference(audited(before), audited(after));
  if (moved && Object.keys(looks.after).length > 0) {
    await audit(trx, {
      orgId,
      by,
      action: 'delivery.replay',
      resourceId: deliveryId,
      ...looks,
    });
  }
  return after;
}

const audited = ({ state, next_attempt_at }: DeliveryResource) => ({ state, next_attempt_at });

/** In order, it is the gate that holds the next one back, until the time of its next attempt. @returns whether it may have waited. */
async function hasten(
  trx: Transaction<Database>,
  deliveryId: string,
  { gate, inOrder }: { gate: string; inOrder: boolean },
): Promise<boolean> {
  if (inOrder) await reopenGate(trx, gate);
  const { numAffectedRows } = await sql`
    update tasks set due_at = now() where id = any (array(
      select id from tasks
      where kind = ${WEBHOOK} and subject_id = ${deliveryId} and sent_at is null
        and lease_token is null and due_at > now()
      for update skip locked))`.execute(trx);
  return inOrder || numAffectedRows === 1n;
}
