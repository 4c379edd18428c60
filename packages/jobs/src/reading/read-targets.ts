import type { ListTargetsQuery, TargetResource } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { decodeCursor, encodeCursor } from './cursor.ts';

/** One target of a job, with what is known of it by now. */
export interface TargetRow {
  position: number;
  target_id: string;
  status: TargetResource['status'];
  code: string | null;
  message: string | null;
  attempts: number;
  retryable: boolean;
  detail: Record<string, string> | null;
  updated_at: Date | null;
}

interface Page {
  after: number;
  limit: number;
  status?: ListTargetsQuery['status'];
  code?: ListTargetsQuery['code'];
}

/**
 * Targets in request order: each with its latest outcome over all rounds, unless a task still holds
 * it; what has been tried and waits for its next attempt is `retrying`.
 */
export async function readTargets(
  db: Kysely<Database>,
  jobId: string,
  page: Page,
): Promise<TargetRow[]> {
  const { rows } = await sql<TargetRow>`
    select * from (
      select target.position::int - 1 as position, target.id as target_id,
        case when waiting.position is null then outcome.status
          when waiting.attempts > 0 then 'retrying' else 'pending' end as status,
        case when waiting.position is null then outcome.code else waiting.last_code end as code,
        case when waiting.position is null then outcome.message else waiting.last_message end as message,
        coalesce(case when waiting.position is null then outcome.attempts else waiting.attempts end, 0)
          as attempts,
        coalesce(waiting.position is not null or outcome.retryable, false) as retryable,
        case when waiting.position is null then outcome.detail end as detail,
        case when waiting.position is null then outcome.recorded_at end as updated_at
      from jobs
      cross join lateral unnest(jobs.target_ids) with ordinality as target (id, position)
      left join lateral (
        select * from outcomes
        where outcomes.job_id = jobs.id and outcomes.position = target.position - 1
          and outcomes.round <= jobs.round
        order by round desc limit 1) as outcome on true
      left join (
        select unnest(positions) as position, attempts, last_code, last_message from tasks
        where job_id = ${jobId} and subject_id is null
      ) as waiting on waiting.position = target.position - 1
      where jobs.id = ${jobId} and target.position - 1 > ${page.after}
    ) as targets
    where (${page.status ?? null}::text is null or status = ${page.status ?? null})
      and (${page.code ?? null}::text is null or code = ${page.code ?? null})
    order by position limit ${page.limit}`.execute(db);
  return rows;
}

/** One page as the API shows it. */
export async function listTargets(
  db: Kysely<Database>,
  jobId: string,
  query: ListTargetsQuery,
): Promise<{ rows: TargetRow[]; next_cursor: string }> {
  const after = query.cursor ? Number(decodeCursor(query.cursor, /^\d{1,9}$/)) : -1;
  const found = await readTargets(db, jobId, { ...query, after, limit: query.limit + 1 });
  const rows = found.slice(0, query.limit);
  const last = rows.at(-1);
  return {
    rows,
    next_cursor: found.length > query.limit && last ? encodeCursor(String(last.position)) : '',
  };
}

/** All targets, a thousand at a time, for streaming. */
export async function* eachTargets(
  db: Kysely<Database>,
  jobId: string,
  filter: Pick<Page, 'status' | 'code'>,
): AsyncGenerator<TargetRow[]> {
  for (let after = -1; ;) {
    const rows = await readTargets(db, jobId, { ...filter, after, limit: 1_000 });
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (rows.length < 1_000 || !last) return;
    after = last.position;
  }
}
