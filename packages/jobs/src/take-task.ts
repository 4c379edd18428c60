import { prepared, type Database, type Task } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { JobHead } from './kind.ts';
import { JOB_HEAD_COLUMNS } from './job-head-columns.ts';

export interface FoundTask {
  task: Task;
  job: JobHead | null;
  /** By Postgres' clock, which alone decides about leases. */
  leaseLives: boolean;
}

const TASK_COLUMNS = [
  'id',
  'org_id',
  'kind',
  'job_id',
  'subject_id',
  'round',
  'positions',
  'target_ids',
  'attempts',
  'deaths',
  'suspect',
  'last_code',
  'last_message',
  'lease_token',
  'leased_until',
  'lane',
  'gate',
  'due_at',
  'sent_at',
  'held',
  'created_at',
] as const satisfies ReadonlyArray<keyof Task>;

/** Every column, by its name: as prepared statements want it. */
export const taskColumns = sql.join(TASK_COLUMNS.map((column) => sql.ref(`tasks.${column}`)));

type Row = Task & { leaseLives: boolean };

const foundColumns = sql.join([
  taskColumns,
  ...JOB_HEAD_COLUMNS.map((column) => sql`jobs.${sql.id(column)} as ${sql.id(`job:${column}`)}`),
]);

/** Look, without a lock, what the messages' tasks are: in their order, undefined where finished already. */
export async function findTasks(
  db: Kysely<Database>,
  taskIds: readonly string[],
): Promise<Array<FoundTask | undefined>> {
  const { rows } = await sql<Row>`${prepared}
    select ${foundColumns}, coalesce(tasks.leased_until > now(), false) as "leaseLives"
    from tasks left join jobs on jobs.id = tasks.job_id
    where tasks.id = any (${[...taskIds]}::uuid[])`.execute(db);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return taskIds.map((id) => {
    const row = byId.get(id);
    if (!row) return undefined;
    const task = pick(row, TASK_COLUMNS, '') as unknown as Task;
    const job =
      task.job_id === null ? null : (pick(row, JOB_HEAD_COLUMNS, 'job:') as unknown as JobHead);
    return { task, job, leaseLives: row.leaseLives };
  });
}

const pick = (row: object, columns: readonly string[], prefix: string) => {
  const from = row as Record<string, unknown>;
  return Object.fromEntries(columns.map((column) => [column, from[`${prefix}${column}`]]));
};

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
  const taken = await sql`${prepared}
    delete from tasks
    where ${mine} and positions = ${[...(positions ?? task.positions)]}::int[]`.execute(trx);
  return taken.numAffectedRows === 1n;
}
