import { prepared, type Database } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';

/** The gate of big statements, which every database has from its first migration. */
export const DATABASE_GATE = 'database';

/** A gate that failed this often in a row closes for everybody. */
const FAILURES_TO_CLOSE = 5;
const CLOSED_FIRST_MS = 5_000;
/** Times the first: 60 s, unless the first is another. */
const CLOSED_LONGEST = 12;
// More would overflow once a gate has failed for hours.
const DOUBLINGS = 4;
/** How long a probe has to report before the turn goes to the next. */
const PROBE_S = 30;

/** Gates of whole lanes that admit nothing now: closed, probed, or as full as they may be. */
export const shutGates = sql`
  select name from gates
  where not destination and (closed_until > now()
    or (closed_until is not null and probe_until > now())
    or cap <= (select count(*) from tasks where sent_at is not null and gate = gates.name))`;

/**
 * Lock these gates and tell how many more tasks each admits: what its cap leaves beside the tasks
 * that are sent and unfinished; one, its probe, after a time of being closed.
 * @param busy what becomes of a gate that another transaction holds: it is waited for, or left out.
 */
export async function lockGates(
  trx: Transaction<Database>,
  names: readonly string[],
  busy: 'wait' | 'skip' = 'wait',
): Promise<Map<string, { room: number; probing: boolean }>> {
  const { rows } = await sql<{ name: string; cap: number; state: 'open' | 'shut' | 'probing' }>`
    select name, cap, case
      when closed_until is null then 'open'
      when closed_until > now() or probe_until > now() then 'shut'
      else 'probing' end as state
    from gates where name = any (${[...names]}::text[]) order by name
    for no key update ${sql.raw(busy === 'skip' ? 'skip locked' : '')}`.execute(trx);
  const { rows: counts } = await sql<{ gate: string; sent: number }>`
    select gate, count(*)::int as sent from tasks
    where sent_at is not null and gate = any (${[...names]}::text[]) group by gate`.execute(trx);
  const sent = new Map(counts.map((row) => [row.gate, row.sent]));
  return new Map(
    rows.map((gate) => {
      const left = Math.max(0, gate.cap - (sent.get(gate.name) ?? 0));
      const room = { open: left, shut: 0, probing: Math.min(left, 1) }[gate.state];
      return [gate.name, { room, probing: gate.state === 'probing' }];
    }),
  );
}

export async function startProbe(
  trx: Transaction<Database>,
  gate: string,
  taskId: string,
): Promise<void> {
  await sql`
    update gates set probe_task_id = ${taskId}, probe_until = now() + make_interval(secs => ${PROBE_S})
    where name = ${gate}`.execute(trx);
}

/**
 * A call through the gate was answered: no failures in a row any more. A time that the other side named
 * is kept all the same: this call may have been under way when it was.
 */
export async function openGate(trx: Transaction<Database>, gate: string): Promise<void> {
  await sql`${prepared}
    update gates set failures = 0, closed_until = null, probe_task_id = null, probe_until = null
    where name = ${gate} and (failures > 0 or closed_until is not null)
      and (closed_until is null or closed_until <= now())`.execute(trx);
}

/** The same of many, locked in their order: those that are open, and have no failures, are not touched. */
export async function openGates(
  trx: Transaction<Database>,
  gates: readonly string[],
): Promise<void> {
  await sql`${prepared}
    with failed as materialized (
      select name from gates
      where name = any (${[...gates]}::text[]) and (failures > 0 or closed_until is not null)
        and (closed_until is null or closed_until <= now())
      order by name for no key update
    )
    update gates set failures = 0, closed_until = null, probe_task_id = null, probe_until = null
    from failed where gates.name = failed.name`.execute(trx);
}

/**
 * A call through the gate failed. The fifth in a row closes it, 5 s (or `closeMs`) and doubling to
 * twelve times that; a `Retry-After` closes it at once, until the time named, and nothing shortens that. Calls that were
 * under way when it closed count for nothing more: only its probes make it close for longer.
 */
export async function failGate(
  trx: Transaction<Database>,
  gate: string,
  taskId: string,
  {
    retryAfterMs,
    closeMs = CLOSED_FIRST_MS,
  }: { retryAfterMs?: number | undefined; closeMs?: number | undefined } = {},
): Promise<void> {
  await sql`
    update gates set
      failures = failures + case when closed_until > now() then 0 else 1 end,
      probe_task_id = nullif(probe_task_id, ${taskId}),
      probe_until = case when probe_task_id <> ${taskId} then probe_until end,
      closed_until = case
        when ${retryAfterMs !== undefined} then
          greatest(closed_until, now() + make_interval(secs => ${(retryAfterMs ?? 0) / 1_000}))
        when closed_until > now() then closed_until
        when failures + 1 >= ${FAILURES_TO_CLOSE} then now() + make_interval(secs =>
          ${closeMs / 1_000}::float8 * least(${CLOSED_LONGEST},
            2 ^ least(failures + 1 - ${FAILURES_TO_CLOSE}, ${DOUBLINGS})))
        else closed_until end
    where name = ${gate}`.execute(trx);
}

/** The task that had the gate's probe made no call: the turn goes back. */
export async function returnProbe(db: Kysely<Database>, taskId: string): Promise<void> {
  await sql`
    update gates set probe_task_id = null, probe_until = null
    where probe_task_id = ${taskId}`.execute(db);
}

/**
 * Whether a task that was sent may call now, which is no longer as fresh as when it was: the gate may have
 * closed since, and a message sent twice may have made one too many. Locks the gate, so that two that ask
 * at once do not both find the last place. One that was recalled has lost its place, perhaps to one that
 * was sent since and is not leased yet.
 */
export async function admits(
  trx: Transaction<Database>,
  gate: string,
  task: { id: string; sent: boolean },
): Promise<boolean> {
  await sql`${prepared} select from gates where name = ${gate} for no key update`.execute(trx);
  const { rows } = await sql<{ admits: boolean }>`${prepared}
    select (closed_until is null or probe_task_id is not distinct from ${task.id})
      and cap > (select count(*) from tasks
        where gate = ${gate} and id <> ${task.id} and sent_at is not null
          and (leased_until > clock_timestamp() or not ${task.sent})) as admits
    from gates where name = ${gate}`.execute(trx);
  return rows[0]?.admits ?? true;
}

/** Make sure of a gate with this cap, whatever cap it had. */
export async function ensureGate(db: Kysely<Database>, name: string, cap: number): Promise<void> {
  await sql`
    insert into gates (name, cap) values (${name}, ${cap})
    on conflict (name) do update set cap = excluded.cap where gates.cap <> excluded.cap`.execute(
    db,
  );
}

/** Milliseconds until a gate opens again, by Postgres' clock; 0: it is not closed. */
export async function closedFor(db: Kysely<Database>, name: string): Promise<number> {
  const { rows } = await sql<{ ms: number }>`
    select greatest(0, extract(epoch from closed_until - now()) * 1000)::float8 as ms from gates
    where name = ${name} and closed_until > now()`.execute(db);
  return rows[0]?.ms ?? 0;
}
