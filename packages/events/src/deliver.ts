import { impatient, prepared, type Database } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';

/** An endpoint that nothing reaches for this long is given up. */
const HOPELESS_AFTER_HOURS = 120;

type Row = Omit<PreparedDelivery, 'event' | 'sequence'> & {
  deliveryId: string;
  sequence: number | null;
  type: string;
  data: Record<string, unknown>;
  createdAt: Date;
};

/** A delivery, by its organization. */
export interface DeliveryKey {
  orgId: string;
  deliveryId: string;
}

/** What an attempt at a delivery needs. */
export interface PreparedDelivery {
  /** The endpoint takes nothing any more, and no sequence was given now. */
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
 * Read deliveries that are about to be attempted, and give those that have none yet their endpoints'
 * next sequence numbers: in one statement that holds the deliveries first, so that no number is left
 * out, and the endpoints in their order.
 * @returns in the order of the keys.
 */
export async function prepareDeliveries(
  db: Kysely<Database>,
  keys: readonly DeliveryKey[],
): Promise<PreparedDelivery[]> {
  const found = new Map<string, PreparedDelivery>();
  for (let left = [...keys]; left.length > 0;) {
    for (const { deliveryId, type, data, createdAt, ...row } of await read(db, left)) {
      // Its endpoint was changed while this waited for it: only a new look shows how.
      if (!row.disabled && row.sequence === null) continue;
      const event = { type, data, created_at: createdAt };
      found.set(deliveryId, { ...row, sequence: row.sequence as number, event });
    }
    left = left.filter(({ deliveryId }) => !found.has(deliveryId));
  }
  return keys.map(({ deliveryId }) => found.get(deliveryId) as PreparedDelivery);
}

async function read(db: Kysely<Database>, keys: readonly DeliveryKey[]): Promise<Row[]> {
  const { rows } = await sql<Row>`
    ${prepared}
    with ${impatient}, mine as materialized (
      select org_id, id, endpoint_id, event_id, sequence
      from impatient cross join deliveries join unnest(${keys.map(({ orgId }) => orgId)}::uuid[],
        ${keys.map(({ deliveryId }) => deliveryId)}::uuid[]) as key (org_id, id) using (org_id, id)
      order by id for no key update of deliveries
    ), new as (
      select org_id, id, endpoint_id, row_number() over (partition by endpoint_id order by id) as turn
      from mine where mine.sequence is null
    ), counting as materialized (
      select endpoint.org_id, endpoint.id, wanted.number
      from (select org_id, endpoint_id, count(*) as number from new group by 1, 2) as wanted
      join webhook_endpoints as endpoint
        on endpoint.org_id = wanted.org_id and endpoint.id = wanted.endpoint_id
      order by endpoint.id for no key update of endpoint
    ), counted as (
      update webhook_endpoints as endpoint set last_sequence = last_sequence + counting.number
      from counting
      where endpoint.org_id = counting.org_id and endpoint.id = counting.id
        and endpoint.disabled_at is null and endpoint.deleted_at is null
      returning endpoint.id, last_sequence - counting.number as before
    ), numbered as (
      update deliveries set sequence = counted.before + new.turn
      from new join counted on counted.id = new.endpoint_id
      where deliveries.org_id = new.org_id and deliveries.id = new.id
      returning deliveries.id, deliveries.sequence
    )
    select mine.id as "deliveryId",
      endpoint.disabled_at is not null or endpoint.deleted_at is not null as disabled,
      endpoint.id as "endpointId", endpoint.url, endpoint.in_order as "inOrder", events.id as "eventId",
      events.type, events.data, events.created_at as "createdAt",
      coalesce(mine.sequence, numbered.sequence)::float8 as sequence,
      array(
        select sealed from webhook_secrets as secret
        where secret.org_id = endpoint.org_id and secret.endpoint_id = endpoint.id
          and (expires_at is null or expires_at > now())
        order by secret.id desc) as "sealedSecrets"
    from mine
    join webhook_endpoints as endpoint
      on endpoint.org_id = mine.org_id and endpoint.id = mine.endpoint_id
    join events on events.org_id = mine.org_id and events.id = mine.event_id
    left join numbered on numbered.id = mine.id`.execute(db);
  const missing = keys.find(({ deliveryId: id }) => !rows.some((row) => row.deliveryId === id));
  if (missing) throw new Error(`there is no delivery ${missing.deliveryId}`);
  return rows;
}

/** What became of a delivery by one more attempt, or without one. */
export interface DeliveryOutcome extends DeliveryKey {
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
  deliveryId: string;
  endpointId: string;
  /** As the endpoint is now: it may have been changed since the attempt began. */
  url: string;
  inOrder: boolean;
  /** It failed, and nothing has succeeded for 120 hours. */
  hopeless: boolean;
}

/**
 * Write attempts into the log, and what deliveries and endpoints have come to: of one, or of several that
 * all were delivered.
 */
export async function recordDeliveries(
  trx: Transaction<Database>,
  all: readonly DeliveryOutcome[],
): Promise<Told[]> {
  const each = <T>(read: (outcome: DeliveryOutcome) => T) => all.map(read);
  const { rows } = await sql<Told>`
    ${prepared}
    with given as (
      select * from unnest(
        ${each(({ orgId }) => orgId)}::uuid[],
        ${each(({ deliveryId }) => deliveryId)}::uuid[],
        ${each(({ state }) => state)}::text[],
        ${each(({ code }) => code)}::text[],
        ${each(({ failed }) => failed)}::bool[],
        ${each(({ attempt }) => attempt !== undefined)}::bool[],
        ${each(({ attempt }) => attempt?.url ?? null)}::text[],
        ${each(({ attempt }) => attempt?.durationMs ?? null)}::int[],
        ${each(({ attempt }) => attempt?.status ?? null)}::int[],
        ${each(({ attempt }) => attempt?.message ?? null)}::text[],
        ${each(({ attempt }) => attempt?.response ?? null)}::text[]
      ) as given (org_id, id, state, code, failed, asked, url, duration_ms, status, message, response)
    ), delivery as (
      update deliveries set state = given.state, last_code = given.code,
        attempts = attempts + asked::int,
        ended_at = case when given.state <> 'retrying' then now() end
      from given where deliveries.org_id = given.org_id and deliveries.id = given.id
      returning deliveries.id, deliveries.org_id, endpoint_id, attempts, given.state, code, failed,
        asked, url, duration_ms, status, message, response
    ), attempt as (
      insert into delivery_attempts
        (delivery_id, number, org_id, at, duration_ms, status, code, message, response)
      select id, attempts, org_id,
        clock_timestamp() - make_interval(secs => coalesce(duration_ms, 0) / 1000.0),
        duration_ms, status, code, message, response
      from delivery where asked
    ), changed as materialized (
      select endpoint.org_id, endpoint.id, failed
      from delivery join webhook_endpoints as endpoint
        on endpoint.org_id = delivery.org_id and endpoint.id = delivery.endpoint_id
      where endpoint.url = delivery.url
        and case when failed then true
          else state = 'delivered' and endpoint.failing_since is not null end
      order by endpoint.id for no key update of endpoint
    ), endpoint as (
      update webhook_endpoints as endpoint
      set failing_since = case when failed then coalesce(failing_since, now()) end
      from changed where endpoint.org_id = changed.org_id and endpoint.id = changed.id
      returning endpoint.id, endpoint.failing_since
    )
    select delivery.id as "deliveryId", now.id as "endpointId", now.url, now.in_order as "inOrder",
      failed and coalesce((
        select failing_since <= now() - make_interval(hours => ${HOPELESS_AFTER_HOURS})
        from endpoint where endpoint.id = now.id), false) as hopeless
    from delivery join webhook_endpoints as now
      on now.org_id = delivery.org_id and now.id = delivery.endpoint_id`.execute(trx);
  const missing = all.find(({ deliveryId: id }) => !rows.some((row) => row.deliveryId === id));
  if (missing) throw new Error(`there is no delivery ${missing.deliveryId}`);
  return rows;
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
