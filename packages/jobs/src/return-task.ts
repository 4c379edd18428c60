import type { Database, Task } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';
import { insertTasks } from './insert-tasks.ts';
import { taskOfOne } from './task-of-one.ts';

/**
 * When a task is due that waits again for what was begun: behind a gate it comes before all that never
 * were, since what was committed late may have an earlier time than the one it must follow.
 */
export const dueAsBegun = sql`case when tasks.lease_token is null or tasks.gate is null then tasks.due_at
  else least(tasks.due_at, now() - interval '1 day') end`;

/**
 * Hand a task back unrun: no death, and no more attempts than it had; it is sent anew when it is due.
 */
export async function handBack(
  db: Kysely<Database>,
  task: Task,
  as: { held: boolean; attempts: number; delayMs?: number },
): Promise<void> {
  // At once: in its place, before what came later.
  const { delayMs = 0 } = as;
  await sql`
    update tasks set due_at = case when ${delayMs}::float8 = 0 then ${dueAsBegun}
        else greatest(due_at, now() + make_interval(secs => ${delayMs / 1_000})) end,
      sent_at = null, lease_token = null, leased_until = null, deaths = 0,
      suspect = false, held = ${as.held}, attempts = ${as.attempts}
    where id = ${task.id} and lease_token is not distinct from ${task.lease_token}`.execute(db);
}

/** An attempt was made and counted: the task waits for its next one. False: the lease was lost. */
export async function reschedule(
  trx: Transaction<Database>,
  task: Task,
  next: { attempts: number; delayMs: number; code: string; message: string; keepsPlace?: boolean },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update tasks set
      attempts = ${next.attempts},
      due_at = case when ${next.keepsPlace ?? false} then ${dueAsBegun}
        else now() + make_interval(secs => ${next.delayMs / 1_000}) end,
      last_code = ${next.code}, last_message = ${next.message},
      sent_at = null, lease_token = null, leased_until = null, deaths = 0, suspect = false
    where id = ${task.id} and lease_token is not distinct from ${task.lease_token}`.execute(trx);
  return numAffectedRows === 1n;
}

/**
 * A leased task of many targets becomes tasks of one, suspects all: each runs leased and alone, so
 * that a target that kills its process takes no neighbour with it.
 */
export async function splitTask(db: Kysely<Database>, task: Task): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const { numDeletedRows } = await trx
      .deleteFrom('tasks')
      .where('id', '=', task.id)
      .where('positions', '=', sql<number[]>`${task.positions}::int[]`)
      .where('lease_token', 'is not distinct from', task.lease_token)
      .executeTakeFirst();
    if (numDeletedRows !== 1n) return false;
    await insertTasks(
      trx,
      task.positions.map((position) => ({ ...taskOfOne(task, position), suspect: true })),
    );
    return true;
  });
}
