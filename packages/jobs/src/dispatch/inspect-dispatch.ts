import type { Database } from '@usher/db';
import { LANES } from '@usher/queue';
import { sql, type Kysely } from 'kysely';
import { shutGates } from './gates.ts';
import { DISPATCHER, LOCK_KEY } from './leadership.ts';

/** How dispatching goes, as Postgres tells it. */
export interface DispatchFacts {
  /** Processes that could dispatch: each worker has one connection for it. */
  workers: number;
  /** Who does: the name and address of its connection; null: nobody. */
  leader: { application: string; address: string | null } | null;
  /** How many tasks are due and may be sent. */
  due: number;
  /** For how long the oldest of them has been due, in milliseconds; null: there are none. */
  oldestDueMs: number | null;
}

/** More would take long to count, and says nothing more. */
const COUNTED = 10_000;

/** Who dispatches, and what waits for it. Tasks behind a gate that is shut wait rightly. */
export async function inspectDispatch(db: Kysely<Database>): Promise<DispatchFacts> {
  const { rows: sessions } = await sql<{
    application: string;
    address: string | null;
    leads: boolean;
  }>`
    select application_name as application, host(client_addr) as address, exists (
      select from pg_locks where locktype = 'advisory' and granted and pid = activity.pid
        and database = activity.datid and (classid::bigint << 32 | objid::bigint) = ${LOCK_KEY}
      ) as leads
    from pg_stat_activity as activity
    where application_name like ${`${DISPATCHER}%`} and datname = current_database()`.execute(db);
  const { rows: waiting } = await sql<{ due: number; oldest_ms: number | null }>`
    with shut as materialized (${shutGates}), waits as (
      select due_at from tasks
      where lane = any (${[...LANES]}::text[]) and sent_at is null and not held and due_at <= now()
        and (gate is null or gate not in (select name from shut))
        and not exists (select from gates where name = tasks.gate and destination)
      limit ${COUNTED})
    select count(*)::int as due,
      (extract(epoch from now() - min(due_at)) * 1000)::float8 as oldest_ms
    from waits`.execute(db);
  const leader = sessions.find(({ leads }) => leads);
  return {
    workers: sessions.length,
    leader: leader ? { application: leader.application, address: leader.address } : null,
    due: waiting[0]?.due ?? 0,
    oldestDueMs: waiting[0]?.oldest_ms ?? null,
  };
}
