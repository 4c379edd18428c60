import { prepared, type Database, type Task } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';
import { admits, returnProbe } from './dispatch/gates.ts';
import type { Engine } from './engine.ts';
import { dueAsBegun } from './return-task.ts';
import { taskColumns } from './take-task.ts';

export const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
// The call must be over before another may take the lease, whatever the two clocks say.
const MARGIN_MS = 1_000;

/** A process that dies three times over one target has met its target's fault, not its own. */
export const MAX_DEATHS = 3;

export interface Lease {
  task: Task;
  /** By this machine's monotonic clock, never later than Postgres began to count. */
  since: number;
}

/**
 * Lease a task for 10 s by Postgres' clock, or learn that it is gone or lives elsewhere (undefined).
 * Taking over an expired lease counts a death; `onTakeOver` runs in the same transaction.
 * With `throughGate` a task that its gate does not admit waits again, unleased: undefined too.
 * @param token new for each lease, and the same when a lease of unknown fate is taken again.
 */
export async function takeLease(
  engine: Engine,
  taskId: string,
  options: {
    token: string;
    countAttempt: boolean;
    throughGate?: boolean;
    onTakeOver?: (trx: Transaction<Database>, task: Task) => Promise<void>;
  },
): Promise<Lease | undefined> {
  const since = performance.now();
  const fresh = await leaseFresh(engine.db, taskId, options);
  const lease = fresh
    ? { task: fresh, since }
    : await leaseWithCare(engine.db, taskId, options, since);
  if (lease) await engine.failpoint('lease:after-commit', [taskId]);
  return lease;
}

type LeaseOptions = Parameters<typeof takeLease>[2];

/**
 * Most tasks were sent and never leased, and their gate is open: one statement. Who was sent has a place
 * at its gate already, which the dispatcher counted under the gate's lock.
 */
async function leaseFresh(
  db: Kysely<Database>,
  taskId: string,
  { token, countAttempt, throughGate = false }: LeaseOptions,
): Promise<Task | undefined> {
  const { rows } = await sql<Task>`${prepared}
    update tasks set
      lease_token = ${token},
      leased_until = clock_timestamp() + make_interval(secs => ${LEASE_MS / 1_000}),
      attempts = attempts + ${countAttempt ? 1 : 0}
    where id = ${taskId} and lease_token is null and sent_at is not null
      and (gate is null or not ${throughGate} or exists (
        select from gates
        where gates.name = tasks.gate and (closed_until is null or probe_task_id = tasks.id)))
    returning ${taskColumns}`.execute(db);
  return rows[0];
}

function leaseWithCare(
  db: Kysely<Database>,
  taskId: string,
  options: LeaseOptions,
  since: number,
): Promise<Lease | undefined> {
  const { token } = options;
  return db.transaction().execute(async (trx) => {
    const before = await sql<{
      mine: boolean;
      expired: boolean;
      sent: boolean;
      gate: string | null;
    }>`${prepared}
      select gate, sent_at is not null as sent, lease_token is not distinct from ${token} as mine,
        lease_token is distinct from ${token} and lease_token is not null as expired
      from tasks
      where id = ${taskId} and (lease_token is null or lease_token = ${token} or leased_until <= now())
      for update`.execute(trx);
    const found = before.rows[0];
    if (!found) return undefined;
    if (options.throughGate && found.gate !== null && !found.mine) {
      if (!(await admits(trx, found.gate, { id: taskId, sent: found.sent }))) {
        // In its place: the gate holds it back. An expired lease stays, for whoever takes it over later.
        await sql`update tasks set sent_at = null, due_at = ${dueAsBegun}
          where id = ${taskId}`.execute(trx);
        await returnProbe(trx, taskId);
        return undefined;
      }
    }
    const { rows } = await sql<Task>`${prepared}
      update tasks set
        lease_token = ${token},
        leased_until = clock_timestamp() + make_interval(secs => ${LEASE_MS / 1_000}),
        sent_at = coalesce(sent_at, now()),
        attempts = attempts + ${options.countAttempt && !found.mine ? 1 : 0},
        deaths = deaths + ${found.expired ? 1 : 0}
      where id = ${taskId} returning ${taskColumns}`.execute(trx);
    const task = rows[0] as Task;
    if (found.expired) await options.onTakeOver?.(trx, task);
    return { task, since };
  });
}

/**
 * Do leased work, renewing the lease beside it. The signal aborts when the lease was lost, and, by
 * this machine's monotonic clock, shortly before an unrenewed lease would expire.
 */
export async function withRenewal<T>(
  engine: Engine,
  { task, since }: Lease,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const expire = (from: number) =>
    setTimeout(
      () => lost.abort(new Error('the lease ran out')),
      LEASE_MS - MARGIN_MS - (performance.now() - from),
    );
  let expiry = expire(since);
  let over = false;
  const renew = async () => {
    const began = performance.now();
    const { numAffectedRows } = await sql`
      update tasks set leased_until = clock_timestamp() + make_interval(secs => ${LEASE_MS / 1_000})
      where id = ${task.id} and lease_token = ${task.lease_token}`.execute(engine.db);
    if (over) return;
    if (numAffectedRows !== 1n) return lost.abort(new Error('the lease was lost'));
    clearTimeout(expiry);
    expiry = expire(began);
  };
  const renewal = setInterval(() => {
    renew().catch((error: unknown) =>
      engine.logger.warn({ error, task_id: task.id }, 'a lease could not be renewed'),
    );
  }, RENEW_MS);
  try {
    return await work(lost.signal);
  } finally {
    over = true;
    clearInterval(renewal);
    clearTimeout(expiry);
  }
}
