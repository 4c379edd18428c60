import type { DeliveryState } from '@usher/contracts';
import { newId, type Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { audit, type AuditEntry } from './audit.ts';
import { WEBHOOK } from './publish-events.ts';

const AT_ONCE = 1_000;

/** Which deliveries go out again; what is left out does not matter. Only those that have ended can. */
export interface Wanted {
  orgId: string;
  deliveryId?: string;
  endpointId?: string;
  eventId?: string;
  states?: readonly EndedState[];
  /** When their event was made. */
  from?: Date | undefined;
  /** Not in it. */
  to?: Date | undefined;
}

type EndedState = Exclude<DeliveryState, 'pending' | 'retrying'>;
const ENDED: readonly EndedState[] = ['delivered', 'exhausted', 'disabled'];

/**
 * The oldest `limit` of them are `pending` again, each with a new task: same event, same sequence, a
 * schedule that starts anew. Endpoints that are disabled or deleted are left out. The state is the
 * lock: of two at once, the second finds nothing to do.
 * @returns how many, and the id to go on after; undefined: that was all.
 */
export async function replayBatch(
  db: Kysely<Database>,
  { orgId, deliveryId, endpointId, eventId, states = ENDED, from, to }: Wanted,
  { after, limit = AT_ONCE }: { after?: string; limit?: number } = {},
): Promise<{ replayed: number; next: string | undefined }> {
  const filters = [
    ...(deliveryId ? [sql`delivery.id = ${deliveryId}`] : []),
    ...(endpointId ? [sql`delivery.endpoint_id = ${endpointId}`] : []),
    ...(eventId ? [sql`delivery.event_id = ${eventId}`] : []),
    ...(from ? [sql`event.created_at >= ${from}`] : []),
    ...(to ? [sql`event.created_at < ${to}`] : []),
    ...(after ? [sql`delivery.id > ${after}`] : []),
    sql`delivery.state = any (${[...states]}::text[])`,
    // Said in words that the index of what was missed is made of.
    ...(states.includes('delivered') ? [] : [sql`delivery.state in ('disabled', 'exhausted')`]),
  ];
  // Tasks of one batch are due at the same moment, and then go by id: in the order of their deliveries.
  const taskIds = Array.from({ length: limit }, () => newId());
  const { rows } = await sql<{ subject_id: string }>`
    with wanted as (
      select delivery.id, endpoint.gate
      from deliveries as delivery
      join events as event on event.org_id = delivery.org_id and event.id = delivery.event_id
      join webhook_endpoints as endpoint
        on endpoint.org_id = delivery.org_id and endpoint.id = delivery.endpoint_id
      where delivery.org_id = ${orgId} and ${sql.join(filters, sql` and `)}
        and endpoint.disabled_at is null and endpoint.deleted_at is null
      order by delivery.id limit ${limit}
      for no key update of delivery
    ), replayed as (
      update deliveries set state = 'pending', ended_at = null
      from wanted where deliveries.org_id = ${orgId} and deliveries.id = wanted.id
    ), numbered as (
      select id, gate, row_number() over (order by id) as number from wanted
    )
    insert into tasks (id, org_id, kind, subject_id, lane, gate)
    select given.id, ${orgId}::uuid, ${WEBHOOK}, numbered.id, ${WEBHOOK}, numbered.gate
    from numbered join unnest(${taskIds}::uuid[]) with ordinality as given (id, number) using (number)
    returning subject_id`.execute(db);
  const ids = rows.map((row) => row.subject_id).toSorted();
  return { replayed: ids.length, next: ids.length < limit ? undefined : ids.at(-1) };
}

/** What the audit log says of a batch, but for how many it was. */
export type ReplayEntry = Omit<AuditEntry, 'before' | 'after'> & { after: object };

/** The same, written down with it. */
export async function replayAudited(
  db: Kysely<Database>,
  wanted: Wanted,
  entry: ReplayEntry,
  page?: Parameters<typeof replayBatch>[2],
): ReturnType<typeof replayBatch> {
  const work = async (trx: Kysely<Database>) => {
    const batch = await replayBatch(trx, wanted, page);
    const after = { ...entry.after, replayed: batch.replayed };
    if (batch.replayed > 0) await audit(trx, { ...entry, before: null, after });
    return batch;
  };
  return db.isTransaction ? work(db) : db.transaction().execute(work);
}

/**
 * All of them, oldest first, each batch in a transaction of its own, with an entry of its own in the
 * audit log. @returns how many.
 */
export async function replayAll(
  db: Kysely<Database>,
  wanted: Wanted,
  entry: ReplayEntry,
  limit = AT_ONCE,
): Promise<number> {
  let total = 0;
  let after: string | undefined;
  do {
    const { replayed, next } = await replayAudited(db, wanted, entry, {
      limit,
      ...(after && { after }),
    });
    total += replayed;
    after = next;
  } while (after !== undefined);
  return total;
}
