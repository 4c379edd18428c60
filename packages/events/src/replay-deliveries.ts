import { PublicError, type DeliveryState } from '@usher/contracts';
import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';
import { NO_KEY, type Actor } from './audit.ts';
import { requireEnabled } from './find-endpoints.ts';
import { replayAll, replayAudited } from './replay-batch.ts';

/**
 * Send an event again to whoever was sent it, or to one of them. Where no endpoint is named, those that
 * are disabled are passed over.
 * @returns how many deliveries.
 * @throws {PublicError} `not_found`; `state_conflict` where the endpoint that is named is disabled.
 */
export async function replayEvent(
  db: Kysely<Database>,
  {
    orgId,
    eventId,
    endpointId,
    by = NO_KEY,
  }: { orgId: string; eventId: string; endpointId?: string | undefined; by?: Actor },
): Promise<number> {
  const event = await db
    .selectFrom('events')
    .select('id')
    .where('org_id', '=', orgId)
    .where('id', '=', eventId)
    .executeTakeFirst();
  if (!event) throw new PublicError('not_found', 'Event not found');
  if (endpointId !== undefined) await requireEnabled(db, orgId, endpointId);
  const wanted = { orgId, eventId, ...(endpointId !== undefined && { endpointId }) };
  const { replayed } = await replayAudited(db, wanted, {
    orgId,
    by,
    action: 'event.replay',
    resourceId: eventId,
    after: { ...(endpointId !== undefined && { endpoint_id: endpointId }) },
  });
  return replayed;
}

export interface EndpointTime {
  orgId: string;
  endpointId: string;
  /** When the events were made; `to` is not in it. */
  from: Date;
  to?: Date | undefined;
  /** Left out: whatever their end was. */
  state?: Exclude<DeliveryState, 'pending' | 'retrying'> | undefined;
  by?: Actor;
}

/**
 * Send again what an endpoint was sent in a time. A thousand for each transaction: where one fails,
 * those before it stay, and asking again goes on with the rest.
 * @returns how many deliveries.
 * @throws {PublicError} `not_found`; `state_conflict` where it is disabled.
 */
export async function replayRange(
  db: Kysely<Database>,
  { state, by = NO_KEY, ...range }: EndpointTime,
): Promise<number> {
  await requireEnabled(db, range.orgId, range.endpointId);
  const wanted = { ...range, ...(state && { states: [state] }) };
  return replayAll(db, wanted, {
    orgId: range.orgId,
    by,
    action: 'webhook_endpoint.replay',
    resourceId: range.endpointId,
    after: { from: range.from, to: range.to, state },
  });
}

/**
 * Send what an endpoint missed: everything that ended `disabled`; with `since`, also what was given up
 * on, of the events made from then on. In batches, as `replayRange`.
 * @returns how many deliveries.
 * @throws {PublicError} `not_found`; `state_conflict` where it is disabled still.
 */
export async function recoverEndpoint(
  db: Kysely<Database>,
  {
    orgId,
    endpointId,
    since,
    by = NO_KEY,
  }: { orgId: string; endpointId: string; since?: Date | undefined; by?: Actor },
): Promise<number> {
  await requireEnabled(db, orgId, endpointId);
  const states = since ? (['disabled', 'exhausted'] as const) : (['disabled'] as const);
  return replayAll(
    db,
    { orgId, endpointId, from: since, states },
    {
      orgId,
      by,
      action: 'webhook_endpoint.recover',
      resourceId: endpointId,
      after: { since },
    },
  );
}
