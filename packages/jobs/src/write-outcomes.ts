import { prepared, type Database, type Task } from '@usher/db';
import { sql, type RawBuilder, type Transaction } from 'kysely';
import type { TargetResult } from './kind.ts';

/** What became of a task's targets, or of some of them. */
export interface Ended {
  task: Task;
  /** How often its targets were tried. */
  attempts: number;
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
  /** A target failed or the job finished, and somebody listens for events of it. */
  heard: boolean;
  /** A target failed, and somebody asked to be told of each. */
  failuresHeard: boolean;
}

/** Insert outcomes, and tell for each job how many are new. At most one task of each job. */
export async function insertOutcomes(
  trx: Transaction<Database>,
  all: readonly Ended[],
): Promise<Counts[]> {
  const { rows } = await sql<Counts>`${prepared} with ${inserting(all)}
    select total, succeeded, failed, canceled from counted order by number`.execute(trx);
  return rows;
}

/** The same, and the jobs count them, in one statement: their rows are locked last, in order. */
export function insertAndCount(
  trx: Transaction<Database>,
  all: readonly Ended[],
): Promise<Counted[]> {
  return countInJobs(trx, inserting(all));
}

/** Step 4: the job's row, last of all locks. */
export async function countOutcomes(
  trx: Transaction<Database>,
  jobId: string,
  counts: Counts,
): Promise<Counted> {
  const [counted] = await countInJobs(
    trx,
    sql`counted as (select 1::int as number, ${jobId}::uuid as job_id, ${counts.total}::int as total,
      ${counts.succeeded}::int as succeeded, ${counts.failed}::int as failed,
      ${counts.canceled}::int as canceled)`,
  );
  return counted as Counted;
}

/** Common table expressions up to `counted`: for each task its number, job and new outcomes. */
function inserting(all: readonly Ended[]): RawBuilder<unknown> {
  // Most targets end alike: what they share travels once.
  const shared = all.flatMap(({ results }) => [...Map.groupBy(results, sharedBy).values()]);
  const of = <T>(read: (result: TargetResult) => T) =>
    shared.map((group) => read(group[0] as TargetResult));
  const number = new Map(shared.flatMap((group, at) => group.map((result) => [result, at + 1])));
  const each = all.flatMap(({ results }, at) => results.map((result) => ({ result, at })));
  const tasks = all.map(({ task }) => task);
  return sql`
    task as (
      select job_id, org_id, round, attempts, number
      from unnest(
        ${tasks.map((task) => task.job_id)}::uuid[],
        ${tasks.map((task) => task.org_id)}::uuid[],
        ${tasks.map((task) => task.round)}::int[],
        ${all.map(({ attempts }) => attempts)}::int[]
      ) with ordinality as task (job_id, org_id, round, attempts, number)
    ), ended as (
      select status, code, message, retryable, detail, ending
      from unnest(
        ${of((result) => result.status)}::text[],
        ${of((result) => result.code)}::text[],
        ${of((result) => result.message)}::text[],
        ${of((result) => result.retryable ?? false)}::bool[],
        ${of((result) => (result.detail ? JSON.stringify(result.detail) : null))}::jsonb[]
      ) with ordinality as ended (status, code, message, retryable, detail, ending)
    ), inserted as (
      insert into outcomes
        (job_id, round, position, org_id, target_id, status, code, message, retryable, attempts, detail)
      select job_id, round, position, org_id, target_id, status, code, message, retryable, attempts, detail
      from unnest(
        ${each.map(({ result }) => result.position)}::int[],
        ${each.map(({ result }) => result.targetId)}::uuid[],
        ${each.map(({ at }) => at + 1)}::int[],
        ${each.map(({ result }) => number.get(result))}::int[]
      ) as target (position, target_id, number, ending)
      join task using (number) join ended using (ending)
      on conflict do nothing
      returning job_id, status
    ), counted as (
      select number, task.job_id, count(status)::int as total,
        count(*) filter (where status = 'succeeded')::int as succeeded,
        count(*) filter (where status = 'failed')::int as failed,
        count(*) filter (where status = 'canceled')::int as canceled
      from task left join inserted on inserted.job_id = task.job_id
      group by number, task.job_id
    )`;
}

const sharedBy = ({ status, code, message, retryable, detail }: TargetResult) =>
  JSON.stringify([status, code, message, retryable, detail]);

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
