import type { Database, Task } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { JobHead } from './kind.ts';
import { readJobHead } from './read-job-head.ts';

export interface FoundTask {
  task: Task;
  job: JobHead | null;
  /** By Postgres' clock, which alone decides about leases. */
  leaseLives: boolean;
}

/** Look, without a lock: what the message's task is, or undefined where it was finished already. */
export async function findTask(
  db: Kysely<Database>,
  taskId: string,
): Promise<FoundTask | undefined> {
  const { rows } = await sql<Task & { lease_lives: boolean }>`
    select tasks.*, coalesce(leased_until > now(), false) as lease_lives
    from tasks where id = ${taskId}`.execute(db);
  const row = rows[0];
  if (!row) return undefined;
  const { lease_lives, ...task } = row;
  const job = task.job_id === null ? null : await readJobHead(db, task.job_id);
  return { task, job, leaseLives: lease_lives };
}

/**
 * Step 1 of recording: take the task, or some of its positions, out of the table, under this lease
 * alone. False: somebody else did it, or is at it.
 * @param positions null for the whole task, as it was found.
 */
export async function takeTask(
  trx: Transaction<Database>,
  task: Task,
  positions: readonly number[] | null,
): Promise<boolean> {
  const mine = sql<boolean>`id = ${task.id} and lease_token is not distinct from ${task.lease_token}`;
  if (positions !== null) {
    const some = [...positions];
    const left = await sql`
      update tasks set (positions, target_ids) = (
        select array_agg(position order by position), array_agg(target order by position)
        from unnest(tasks.positions, tasks.target_ids) as each (position, target)
        where position <> all (${some}::int[]))
      where ${mine} and positions @> ${some}::int[] and cardinality(positions) > ${some.length}`.execute(
      trx,
    );
    if (left.numAffectedRows === 1n) return true;
  }
  const taken = await sql`
    delete from tasks
    where ${mine} and positions = ${[...(positions ?? task.positions)]}::int[]`.execute(trx);
  return taken.numAffectedRows === 1n;
}
