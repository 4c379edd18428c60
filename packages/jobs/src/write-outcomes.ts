import { prepared, type Database, type Task } from '@usher/db';
import { sql, type RawBuilder, type Transaction } from 'kysely';
import type { TargetResult } from './kind.ts';
import { rowsOf, type ResultRows } from './result-rows.ts';

export interface Tried {
  task: Task;
  /** How often its targets were tried. */
  attempts: number;
}

/** What became of a task's targets, or of some of them. */
export interface Ended extends Tried {
  results: readonly TargetResult[];
}

export interface Counts {
  total: number;
  succeeded: number;
  failed: number;
  canceled: number;
}

export interface Counted extends Counts {
  jobId: string;
  remaining: number;
  fenced: boolean;
  /** Canceled or paused: nothing more of the job is begun. */
  stopped: boolean;
  /** A target failed or the job finished, and somebody listens for events of it. */
  heard: boolean;
  /** A target failed, and somebody asked to be told of each. */
  failuresHeard: boolean;
}

/** Insert a task's outcomes, and tell how many are new. */
export async function insertOutcomes(
  trx: Transaction<Database>,
  ended: Ended,
): Promise<Counts | undefined> {
  const { rows } = await sql<Counts>`${prepared} with ${inserting(ended)}
    select total, succeeded, failed, canceled from counted`.execute(trx);
  return rows[0];
}

/** The same, and the job counts them, in one statement: its row is locked last. */
export async function insertAndCount(
  trx: Transaction<Database>,
  ended: Ended,
): Promise<Counted | undefined> {
  return (await countInJobs(trx, inserting(ended)))[0];
}

/**
 * Make the results of several tasks, at most one of each job, and insert them as outcomes: this process
 * never sees them. All are new, or none: an outcome that exists already fails the statement, since
 * looking for it with `on conflict` would cost each of them a record more in the log.
 * @returns what was inserted for each task.
 */
export async function makeOutcomes(
  trx: Transaction<Database>,
  all: readonly Tried[],
  results: ResultRows,
): Promise<Counts[]> {
  const { rows } = await sql<Counts & { number: number }>`${prepared}
    with ${results}, ${tasksOf(all)}, inserted as (
      insert into outcomes ${outcomeColumns}
      select job_id, round, position, org_id, target_id, status, code, message, retryable, attempts, detail
      from result join task using (number)
    )
    select number, ${sums} from result group by number`.execute(trx);
  const counts = new Map(rows.map((row) => [row.number, row]));
  return all.map((_, at) => counts.get(at + 1) ?? NONE);
}

const NONE: Counts = { total: 0, succeeded: 0, failed: 0, canceled: 0 };

/** Step 4: the jobs' rows, in order, last of all locks. Answers in the order given. */
export function countOutcomes(
  trx: Transaction<Database>,
  all: ReadonlyArray<Counts & { jobId: string }>,
): Promise<Counted[]> {
  return countInJobs(
    trx,
    sql`counted as (
      select job_id, total, succeeded, failed, canceled, number
      from unnest(
        ${all.map(({ jobId }) => jobId)}::uuid[],
        ${all.map(({ total }) => total)}::int[],
        ${all.map(({ succeeded }) => succeeded)}::int[],
        ${all.map(({ failed }) => failed)}::int[],
        ${all.map(({ canceled }) => canceled)}::int[]
      ) with ordinality as counted (job_id, total, succeeded, failed, canceled, number))`,
  );
}

const outcomeColumns = sql`
  (job_id, round, position, org_id, target_id, status, code, message, retryable, attempts, detail)`;

const sums = sql`count(*)::int as total,
  count(*) filter (where status = 'succeeded')::int as succeeded,
  count(*) filter (where status = 'failed')::int as failed,
  count(*) filter (where status = 'canceled')::int as canceled`;

/** A common table expression: what the outcomes of each task have in common. */
const tasksOf = (all: readonly Tried[]): RawBuilder<unknown> => sql`
  task as (
    select job_id, org_id, round, attempts, number
    from unnest(
      ${all.map(({ task }) => task.job_id)}::uuid[],
      ${all.map(({ task }) => task.org_id)}::uuid[],
      ${all.map(({ task }) => task.round)}::int[],
      ${all.map(({ attempts }) => attempts)}::int[]
    ) with ordinality as task (job_id, org_id, round, attempts, number)
  )`;

/** Common table expressions up to `counted`: how many of a task's outcomes are new. */
const inserting = (ended: Ended): RawBuilder<unknown> => sql`
  ${rowsOf([ended.results])}, ${tasksOf([ended])}, inserted as (
    insert into outcomes ${outcomeColumns}
    select job_id, round, position, org_id, target_id, status, code, message, retryable, attempts, detail
    from result join task using (number)
    on conflict do nothing
    returning status
  ), counted as (
    select 1::int as number, ${ended.task.job_id}::uuid as job_id, ${sums} from inserted
  )`;

/** A job whose round reaches the failure limit is canceled here. */
async function countInJobs(
  trx: Transaction<Database>,
  counted: RawBuilder<unknown>,
): Promise<Counted[]> {
  const { rows } = await sql<Counted & { number: number }>`${prepared} with ${counted}, locked as (
      select jobs.id from jobs join counted on counted.job_id = jobs.id
      order by jobs.id for update of jobs
    )
    update jobs set
      remaining = jobs.remaining - counted.total,
      succeeded = jobs.succeeded + counted.succeeded,
      failed = jobs.failed + counted.failed,
      canceled = jobs.canceled + counted.canceled,
      started_at = coalesce(started_at, case when counted.total > counted.canceled then now() end),
      finished_at = case when jobs.remaining = counted.total
        then coalesce(finished_at, clock_timestamp()) end,
      cancel_requested_at = case
        when jobs.failed - failed_before + counted.failed >= failure_limit and jobs.remaining > counted.total
        then coalesce(cancel_requested_at, now()) else cancel_requested_at end
    from counted join locked on locked.id = counted.job_id
    where jobs.id = counted.job_id
    returning counted.number, jobs.id as "jobId", jobs.remaining, jobs.fenced_at is not null as fenced,
      jobs.cancel_requested_at is not null or jobs.paused_at is not null as stopped,
      case when jobs.remaining > 0 and counted.failed = 0 then false else
        exists (select from webhook_endpoints as endpoint
          where endpoint.org_id = jobs.org_id and endpoint.job_id = jobs.id and deleted_at is null)
        or exists (select from webhook_endpoints as endpoint
          where endpoint.org_id = jobs.org_id and endpoint.job_id is null and deleted_at is null)
      end as heard,
      counted.failed > 0 and exists (select from webhook_endpoints as endpoint
        where endpoint.org_id = jobs.org_id and endpoint.job_id is null and deleted_at is null
          and 'job.target_failed' = any (endpoint.event_types)) as "failuresHeard",
      counted.total, counted.succeeded, counted.failed, counted.canceled`.execute(trx);
  return rows.toSorted((a, b) => a.number - b.number);
}
