import {
  PublicError,
  type AttemptResource,
  type DeliveryDetails,
  type DeliveryResource,
  type ListDeliveriesQuery,
} from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import { bodyOf, type BodyEvent } from './body-of.ts';
import { pageOf, readCursor } from './cursor.ts';
import { WEBHOOK } from './publish-events.ts';

interface DeliveryRow extends Omit<
  DeliveryResource,
  'next_attempt_at' | 'created_at' | 'ended_at'
> {
  next_attempt_at: Date | null;
  created_at: Date;
  ended_at: Date | null;
}

const columns = sql`
  delivery.id, delivery.endpoint_id, delivery.event_id, event.type as event_type, event.job_id,
  delivery.state, delivery.sequence, delivery.attempts, delivery.last_code,
  greatest(task.due_at, gate.closed_until) as next_attempt_at, delivery.created_at, delivery.ended_at`;

const tables = sql`
  deliveries as delivery
  join events as event on event.org_id = delivery.org_id and event.id = delivery.event_id
  left join tasks as task on task.kind = ${WEBHOOK} and task.subject_id = delivery.id
  left join gates as gate on gate.name = task.gate`;

/** Newest first, also those of endpoints that were deleted. `to` is not in it. */
export async function listDeliveries(
  db: Kysely<Database>,
  orgId: string,
  query: ListDeliveriesQuery,
): Promise<{ deliveries: DeliveryResource[]; next_cursor: string }> {
  const before = readCursor(query.cursor);
  const filters: RawBuilder<unknown>[] = [sql`delivery.org_id = ${orgId}`];
  if (before !== null) filters.push(sql`delivery.id < ${before}`);
  if (query.endpoint_id) filters.push(sql`delivery.endpoint_id = ${query.endpoint_id}`);
  if (query.event_id) filters.push(sql`delivery.event_id = ${query.event_id}`);
  if (query.job_id) filters.push(sql`event.job_id = ${query.job_id}`);
  if (query.event_type) filters.push(sql`event.type = ${query.event_type}`);
  if (query.state) filters.push(sql`delivery.state = ${query.state}`);
  if (query.from) filters.push(sql`delivery.created_at >= ${new Date(query.from)}`);
  if (query.to) filters.push(sql`delivery.created_at < ${new Date(query.to)}`);
  const { rows } = await sql<DeliveryRow>`
    select ${columns} from ${tables}
    where ${sql.join(filters, sql` and `)}
    order by delivery.id desc limit ${query.limit + 1}`.execute(db);
  const { page, next_cursor } = pageOf(rows, query.limit);
  return { deliveries: page.map(toDelivery), next_cursor };
}

/** @throws {PublicError} `not_found`. */
export async function requireDelivery(
  db: Kysely<Database>,
  orgId: string,
  deliveryId: string,
): Promise<DeliveryResource> {
  const { rows } = await sql<DeliveryRow>`
    select ${columns} from ${tables}
    where delivery.org_id = ${orgId} and delivery.id = ${deliveryId}`.execute(db);
  if (!rows[0]) throw deliveryNotFound();
  return toDelivery(rows[0]);
}

/** The one delivery to this endpoint that the transaction itself has made. */
export async function readOwnDelivery(
  trx: Transaction<Database>,
  orgId: string,
  endpointId: string,
): Promise<DeliveryResource> {
  const { rows } = await sql<DeliveryRow>`
    select ${columns} from ${tables}
    where delivery.org_id = ${orgId} and delivery.endpoint_id = ${endpointId}
      and delivery.xmin = pg_current_xact_id()::xid
    order by delivery.id desc limit 1`.execute(trx);
  if (!rows[0]) throw deliveryNotFound();
  return toDelivery(rows[0]);
}

/** With what is sent and what became of each attempt, the first one first. @throws `not_found`. */
export async function requireDeliveryDetails(
  db: Kysely<Database>,
  orgId: string,
  deliveryId: string,
): Promise<DeliveryDetails> {
  const { rows } = await sql<DeliveryRow & { url: string; data: BodyEvent['data']; made_at: Date }>`
    select ${columns}, endpoint.url, event.data, event.created_at as made_at
    from ${tables} join webhook_endpoints as endpoint
      on endpoint.org_id = delivery.org_id and endpoint.id = delivery.endpoint_id
    where delivery.org_id = ${orgId} and delivery.id = ${deliveryId}`.execute(db);
  const [row] = rows;
  if (!row) throw deliveryNotFound();
  const { rows: attempts } = await sql<Omit<AttemptResource, 'at'> & { at: Date }>`
    select number, at, duration_ms, status, code, message, response from delivery_attempts
    where delivery_id = ${deliveryId} order by number`.execute(db);
  const event = { type: row.event_type, data: row.data, created_at: row.made_at };
  return {
    ...toDelivery(row),
    url: row.url,
    body: row.sequence === null ? null : bodyOf(event, row.sequence),
    log: attempts.map((attempt) => ({ ...attempt, at: attempt.at.toISOString() })),
  };
}

export const deliveryNotFound = () => new PublicError('not_found', 'Delivery not found');

const toDelivery = (row: DeliveryRow): DeliveryResource => ({
  id: row.id,
  endpoint_id: row.endpoint_id,
  event_id: row.event_id,
  event_type: row.event_type,
  job_id: row.job_id,
  state: row.state,
  sequence: row.sequence,
  attempts: row.attempts,
  last_code: row.last_code,
  next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  ended_at: row.ended_at?.toISOString() ?? null,
});
