import { prepared, type Database } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';

/** An endpoint that nothing reaches for this long is given up. */
const HOPELESS_AFTER_HOURS = 120;

type Row = Omit<PreparedDelivery, 'event' | 'sequence'> & {
  sequence: number | null;
  event: Omit<PreparedDelivery['event'], 'created_at'>;
  createdAt: Date;
};

/** What an attempt at a delivery needs. */
export interface PreparedDelivery {
  /** The endpoint takes nothing any more, and no sequence was given. */
  disabled: boolean;
  endpointId: string;
  url: string;
  inOrder: boolean;
  /** Also the `webhook-id`. */
  eventId: string;
  event: { type: string; data: Record<string, unknown>; created_at: Date };
  sequence: number;
  /** Newest first; those that were replaced still sign for a day. */
  sealedSecrets: Buffer[];
}

/**
 * Read a delivery that is about to be attempted, and give it its endpoint's next sequence number if it
 * has none yet: in one statement that holds the delivery first, so that no number is left out.
 */
export async function prepareDelivery(
  db: Kysely<Database>,
  orgId: string,
  deliveryId: string,
): Promise<PreparedDelivery> {
  for (;;) {
    const delivery = await read(db, orgId, deliveryId);
    // Its endpoint was changed while this waited for it: only a new look shows how.
    if (delivery.disabled || delivery.sequence !== null) return delivery as PreparedDelivery;
  }
}

async function read(db: Kysely<Database>, orgId: string, deliveryId: string) {
  const { rows } = await sql<Row>`
    ${prepared}
    with mine as materialized (
      select org_id, id, endpoint_id, event_id, sequence from deliveries
      where org_id = ${orgId} and id = ${deliveryId} for no key update
    ), counted as (
      update webhook_endpoints as endpoint set last_sequence = last_sequence + 1
      from mine
      where mine.sequence is null
        and endpoint.org_id = mine.org_id and endpoint.id = mine.endpoint_id
        and endpoint.disabled_at is null and endpoint.deleted_at is null
      returning last_sequence
    ), numbered as (
      update deliveries set sequence = (select last_sequence from counted)
      where org_id = ${orgId} and id = ${deliveryId} and exists (select from counted)
    )
    select endpoint.disabled_at is not null or endpoint.deleted_at is not null as disabled,
      endpoint.id as "endpointId", endpoint.url, endpoint.in_order as "inOrder", events.id as "eventId",
      json_build_object('type', events.type, 'data', events.data) as event,
      events.created_at as "createdAt",
      coalesce(mine.sequence, (select last_sequence from counted))::float8 as sequence,
      array(
        select sealed from webhook_secrets as secret
        where secret.org_id = endpoint.org_id and secret.endpoint_id = endpoint.id
          and (expires_at is null or expires_at > now())
        order by secret.id desc) as "sealedSecrets"
    from mine
    join webhook_endpoints as endpoint
      on endpoint.org_id = mine.org_id and endpoint.id = mine.endpoint_id
    join events on events.org_id = mine.org_id and events.id = mine.event_id`.execute(db);
  const [row] = rows;
  if (!row) throw new Error(`there is no delivery ${deliveryId}`);
  const { createdAt, event, ...rest } = row;
  return { ...rest, event: { ...event, created_at: createdAt } };
}

/** What became of a delivery by one more attempt, or without one. */
export interface DeliveryOutcome {
  state: 'retrying' | 'delivered' | 'exhausted' | 'disabled';
  code: string;
  /** The endpoint did not serve. */
  failed: boolean;
  /** Absent: nobody was asked. */
  attempt:
    | {
        /** Where it went. */
        url: string;
        durationMs: number;
        status: number | null;
        message: string | null;
        response: string | null;
      }
    | undefined;
}

export interface Told {
  endpointId: string;
  /** As the endpoint is now: it may have been changed since the attempt began. */
  url: string;
  inOrder: boolean;
  /** It failed, and nothing has succeeded for 120 hours. */
  hopeless: boolean;
}

/** Write an attempt into the log, and what the delivery and its endpoint have come to. */
export async function recordDelivery(
  trx: Transaction<Database>,
  orgId: string,
  deliveryId: string,
  { state, code, failed, attempt }: DeliveryOutcome,
): Promise<Told> {
  const made = attempt ? 1 : 0;
  const { rows } = await sql<Told>`
    ${prepared}
    with delivery as (
      update deliveries set state = ${state}, last_code = ${code}, attempts = attempts + ${made},
        ended_at = ${state === 'retrying' ? null : sql`now()`}
      where org_id = ${orgId} and id = ${deliveryId}
      returning id, org_id, endpoint_id, attempts
    ), attempt as (
      insert into delivery_attempts
        (delivery_id, number, org_id, at, duration_ms, status, code, message, response)
      select id, attempts, org_id,
        clock_timestamp() - make_interval(secs => ${(attempt?.durationMs ?? 0) / 1_000}),
        ${attempt?.durationMs ?? null}::int, ${attempt?.status ?? null}::int, ${code},
        ${attempt?.message ?? null}::text, ${attempt?.response ?? null}::text
      from delivery where ${made}::int = 1
    ), endpoint as (
      update webhook_endpoints as endpoint
      set failing_since = case when ${failed}::bool then coalesce(failing_since, now()) end
      from delivery
      where endpoint.org_id = delivery.org_id and endpoint.id = delivery.endpoint_id
        and endpoint.url = ${attempt?.url ?? null}::text
        and case when ${failed}::bool then true
          else ${state === 'delivered'}::bool and endpoint.failing_since is not null end
      returning endpoint.failing_since
    )
    select now.id as "endpointId", now.url, now.in_order as "inOrder",
      ${failed}::bool and coalesce((
        select failing_since <= now() - make_interval(hours => ${HOPELESS_AFTER_HOURS})
        from endpoint), false) as hopeless
    from delivery join webhook_endpoints as now
      on now.org_id = delivery.org_id and now.id = delivery.endpoint_id`.execute(trx);
  const [told] = rows;
  if (!told) throw new Error(`there is no delivery ${deliveryId}`);
  return told;
}

/** A worker ended in the middle of an attempt: what came of it nobody saw. */
export async function noteInterruption(
  trx: Transaction<Database>,
  orgId: string,
  deliveryId: string,
): Promise<void> {
  const message = 'The worker stopped during this attempt: it may have arrived';
  await sql`
    with delivery as (
      update deliveries set state = 'retrying', attempts = attempts + 1, last_code = 'interrupted'
      where org_id = ${orgId} and id = ${deliveryId} and ended_at is null
      returning id, org_id, attempts
    )
    insert into delivery_attempts (delivery_id, number, org_id, code, message)
    select id, attempts, org_id, 'interrupted', ${message} from delivery`.execute(trx);
}

/** Whether whatever follows this delivery waits for it. */
export async function isInOrder(
  trx: Transaction<Database>,
  orgId: string,
  deliveryId: string,
): Promise<boolean> {
  const { rows } = await sql<{ inOrder: boolean }>`
    select endpoint.in_order as "inOrder"
    from deliveries join webhook_endpoints as endpoint
      on endpoint.org_id = deliveries.org_id and endpoint.id = deliveries.endpoint_id
    where deliveries.org_id = ${orgId} and deliveries.id = ${deliveryId}`.execute(trx);
  return rows[0]?.inOrder ?? false;
}
