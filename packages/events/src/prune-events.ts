import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';

/** How long events, and what became of them, can be read and replayed. */
const KEPT_DAYS = 30;
const AT_ONCE = 500;

const cutoff = sql`now() - make_interval(days => ${KEPT_DAYS})`;

/**
 * Forget events older than 30 days, with their deliveries and attempts, unless one of these is
 * unfinished; then the endpoints that nothing refers to any more (deleted, or the callback of a job that
 * finished) and their gates. In batches, each a transaction; harmless when several do it at once.
 */
export async function pruneEvents(db: Kysely<Database>): Promise<void> {
  for (const prune of [pruneOldEvents, pruneEndpoints, pruneGates]) {
    while ((await prune(db)) === AT_ONCE);
  }
}

const its = sql`deliveries.org_id = events.org_id and deliveries.event_id = events.id`;

/** What is replayed between the two statements stays, and its event with it. */
const pruneOldEvents = (db: Kysely<Database>): Promise<number> =>
  db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ orgId: string; id: string }>`
      select org_id as "orgId", id from events
      where created_at < ${cutoff} and not exists (select from deliveries where ${its} and ended_at is null)
      order by created_at limit ${AT_ONCE}
      for update skip locked`.execute(trx);
    if (rows.length === 0) return 0;
    const old = sql`unnest(${rows.map(({ orgId }) => orgId)}::uuid[],
      ${rows.map(({ id }) => id)}::uuid[]) as old (org_id, id)`;
    await sql`delete from deliveries using ${old}
      where deliveries.org_id = old.org_id and deliveries.event_id = old.id
        and ended_at is not null`.execute(trx);
    await sql`delete from events using ${old}
      where events.org_id = old.org_id and events.id = old.id and created_at < ${cutoff}
        and not exists (select from deliveries where ${its})`.execute(trx);
    return rows.length;
  });

/** As old as events are: nobody is just about to publish to them. */
async function pruneEndpoints(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql`
    with old as (
      select endpoint.org_id, endpoint.id from webhook_endpoints as endpoint
      left join jobs on jobs.org_id = endpoint.org_id and jobs.id = endpoint.job_id
      left join lateral (
        select id from deliveries
        where deliveries.org_id = endpoint.org_id and deliveries.endpoint_id = endpoint.id
        order by deliveries.id limit 1) as used on true
      where endpoint.created_at < ${cutoff} and used.id is null
        and least(endpoint.deleted_at, jobs.finished_at) < ${cutoff}
      order by endpoint.created_at limit ${AT_ONCE}
      for update of endpoint skip locked
    )
    delete from webhook_endpoints using old
    where webhook_endpoints.org_id = old.org_id and webhook_endpoints.id = old.id
    returning webhook_endpoints.id`.execute(db);
  return rows.length;
}

/**
 * The lock first, and only then a look at who uses them: a callback that is just being added holds its
 * gate, and who adds one later waits, and makes it anew.
 */
const pruneGates = (db: Kysely<Database>): Promise<number> =>
  db.transaction().execute(async (trx) => {
    const unused = sql`
      destination and not exists (select from webhook_endpoints where gate = gates.name)`;
    const { rows } = await sql<{ name: string }>`
      select name from gates where ${unused} order by name limit ${AT_ONCE}
      for update skip locked`.execute(trx);
    const names = rows.map(({ name }) => name);
    if (names.length === 0) return 0;
    await sql`delete from gates where name = any (${names}::text[]) and ${unused}`.execute(trx);
    return names.length;
  });
