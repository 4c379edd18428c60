import { randomUUID } from 'node:crypto';
import { classifyFailure, prepared, type Task } from '@usher/db';
import { sql } from 'kysely';
import type { Engine } from './engine.ts';
import { LEASE_MS, type Lease } from './lease.ts';
import { withPatience } from './patience.ts';
import { taskColumns } from './take-task.ts';

const MOST = 64;

/**
 * Lease a task without having looked at it, together with those that arrive meanwhile: one that was
 * sent and never leased, of a kind whose effect is outside and that is no job's, and whose gate is open.
 * @returns undefined for any other, which only a look can tell about.
 */
export async function leaseFirst(engine: Engine, taskId: string): Promise<Lease | undefined> {
  const place = { class: 'lease', subject: taskId, most: MOST, oneAtATime: true };
  const lease = await engine.companions
    .join(place, { taskId, token: randomUUID() }, (entries: Wanted[]) =>
      withPatience(engine, 'lease', () => leaseAll(engine, entries)),
    )
    .catch((error: unknown) => {
      // It took no effect: whose fault it is, a look at each will tell.
      if (classifyFailure(error) !== 'counted') throw error;
      engine.logger.warn({ error, task_id: taskId }, 'tasks could not be leased together');
      return undefined;
    });
  if (lease) await engine.failpoint('lease:after-commit', [taskId]);
  return lease;
}

interface Wanted {
  taskId: string;
  /** New for each lease, and the same when one of unknown fate is taken again. */
  token: string;
}

/** Whoever was sent has a place at its gate already, which the dispatcher counted under the gate's lock. */
async function leaseAll(
  { db, kinds }: Engine,
  wanted: readonly Wanted[],
): Promise<Array<Lease | undefined>> {
  const since = performance.now();
  const names = Object.values(kinds)
    .filter((kind) => kind.effect === 'outside' && !('conclude' in kind))
    .map(({ name }) => name);
  const { rows } = await sql<Task>`${prepared}
    with locked as materialized (
      select id, kind, sent_at, lease_token, gate from tasks
      where id = any (${wanted.map(({ taskId }) => taskId)}::uuid[])
      order by id for update skip locked
    ), free as materialized (
      select locked.id, wanted.token
      from locked join unnest(${wanted.map(({ taskId }) => taskId)}::uuid[],
        ${wanted.map(({ token }) => token)}::uuid[]) as wanted (id, token) on wanted.id = locked.id
      where kind = any (${names}::text[]) and sent_at is not null
        and (lease_token is null or lease_token = wanted.token)
        and (gate is null or exists (
          select from gates
          where gates.name = locked.gate and (closed_until is null or probe_task_id = locked.id)))
    )
    update tasks set
      lease_token = free.token,
      leased_until = clock_timestamp() + make_interval(secs => ${LEASE_MS / 1_000}),
      attempts = attempts + case when tasks.lease_token is null then 1 else 0 end
    from free where tasks.id = free.id and tasks.id = any (array(select id from free))
    returning ${taskColumns}`.execute(db);
  const byId = new Map(rows.map((task) => [task.id, task]));
  return wanted.map(({ taskId }) => {
    const task = byId.get(taskId);
    return task && { task, since };
  });
}
