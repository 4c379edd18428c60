import {
  decodeCursor,
  encodeCursor,
  type ExportTargetsQuery,
  type ListTargetsQuery,
  type TargetResource,
} from '@usher/contracts';
import type { Database, Task } from '@usher/db';
import { sql, type Kysely } from 'kysely';

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

const POSITION = /^\d{1,9}$/;
/** Positions looked at in one go: what a filter leaves of them is not known beforehand. */
const SLICE = 1_000;

/**
 * Targets in request order: each with its latest outcome over all rounds, unless a task still holds
 * it; what has been tried and waits for its next attempt is `retrying`.
 */
export async function readTargets(
  db: Kysely<Database>,
  jobId: string,
  page: Page,
): Promise<TargetRow[]> {
  const filtered = page.status !== undefined || page.code !== undefined;
  const found: TargetRow[] = [];
  for (let from = page.after + 1; ;) {
    const size = filtered ? SLICE : Math.min(SLICE, page.limit - found.length);
    const slice = await readSlice(db, jobId, from, size);
    found.push(...slice.filter((target) => matches(target, page)));
    if (slice.length < size || found.length >= page.limit) return found.slice(0, page.limit);
    from += size;
  }
}

const matches = (target: TargetRow, { status, code }: Page) =>
  (status === undefined || target.status === status) &&
  (code === undefined || target.code === code);

/**
 * What a job that has finished came to, in request order, by the last of its rounds that ended: somebody
 * may have begun another since it was seen to be finished.
 */
export async function readEnded(
  db: Kysely<Database>,
  jobId: string,
  count: number,
): Promise<TargetRow[]> {
  const { rows } = await sql<{ round: number }>`
    select round - case when remaining > 0 then 1 else 0 end as round
    from jobs where id = ${jobId}`.execute(db);
  const targets: TargetRow[] = [];
  for (let from = 0; from < count; from += SLICE) {
    const size = Math.min(SLICE, count - from);
    targets.push(...(await readOutcomes(db, jobId, from, size, rows[0]?.round)));
  }
  return targets;
}

/** Tasks first, then outcomes: a target that no task held a moment ago has its outcome by now. */
async function readSlice(
  db: Kysely<Database>,
  jobId: string,
  from: number,
  size: number,
): Promise<TargetRow[]> {
  const waiting = await readWaiting(db, jobId, from, size);
  return (await readOutcomes(db, jobId, from, size)).map((row) => {
    const task = waiting.get(row.position);
    if (!task) return row;
    return {
      ...row,
      status: task.attempts > 0 ? 'retrying' : 'pending',
      code: task.last_code,
      message: task.last_message,
      attempts: task.attempts,
      retryable: true,
      detail: null,
      updated_at: null,
    };
  });
}

/**
 * Each target with its latest outcome, or as pending. Tasks are joined elsewhere, since nobody can tell
 * the planner how many targets an array holds.
 * @param round no later one counts.
 */
async function readOutcomes(
  db: Kysely<Database>,
  jobId: string,
  from: number,
  size: number,
  round: number | null = null,
): Promise<TargetRow[]> {
  const { rows } = await sql<TargetRow>`
    select position::int, target.target_id, coalesce(status, 'pending') as status, code, message,
      coalesce(attempts, 0) as attempts, coalesce(retryable, false) as retryable, detail,
      recorded_at as updated_at
    from (
      select id as target_id, ${from}::int + ordinality - 1 as position, job.rounds
      from (
        select target_ids[${from + 1}::int : ${from + size}::int] as ids,
          array(select generate_series(1, coalesce(${round}::int, round))) as rounds
        from jobs where id = ${jobId}) as job,
      unnest(job.ids) with ordinality as target (id, ordinality)
    ) as target
    left join lateral (
      select * from outcomes
      where outcomes.job_id = ${jobId} and outcomes.round = any (target.rounds)
        and outcomes.position = target.position
      order by round desc limit 1) as outcome using (position)
    order by position`.execute(db);
  return rows;
}

type Waiting = Pick<Task, 'attempts' | 'last_code' | 'last_message' | 'positions'>;

/** The task that holds each of these positions, where one does. */
async function readWaiting(
  db: Kysely<Database>,
  jobId: string,
  from: number,
  size: number,
): Promise<Map<number, Waiting>> {
  const { rows } = await sql<Waiting>`
    select attempts, last_code, last_message, positions from tasks
    where job_id = ${jobId} and subject_id is null
      and positions && array(select generate_series(${from}::int, ${from + size - 1}::int))`.execute(
    db,
  );
  return new Map(
    rows.flatMap((task) => task.positions.map((position) => [position, task] as const)),
  );
}

/** The position after which a page begins: a cursor, or, since targets show it, that itself. */
function readCursor(cursor: string | undefined): number {
  if (!cursor) return -1;
  return Number(POSITION.test(cursor) ? cursor : decodeCursor(cursor, POSITION));
}

/** One page as the API shows it. @throws {PublicError} `invalid_request`: the cursor. */
export async function listTargets(
  db: Kysely<Database>,
  jobId: string,
  query: ListTargetsQuery,
): Promise<{ rows: TargetRow[]; next_cursor: string }> {
  const after = readCursor(query.cursor);
  const found = await readTargets(db, jobId, { ...query, after, limit: query.limit + 1 });
  const rows = found.slice(0, query.limit);
  const last = rows.at(-1);
  return {
    rows,
    next_cursor: found.length > query.limit && last ? encodeCursor(String(last.position)) : '',
  };
}

/**
 * All targets, or as many as are asked for, a thousand at a time, for streaming.
 * @throws {PublicError} `invalid_request`, at once: the cursor.
 */
export function eachTargets(
  db: Kysely<Database>,
  jobId: string,
  { limit = Infinity, cursor, ...filter }: ExportTargetsQuery,
): AsyncGenerator<TargetRow[]> {
  return readAll(db, jobId, filter, readCursor(cursor), limit);
}

async function* readAll(
  db: Kysely<Database>,
  jobId: string,
  filter: Pick<Page, 'status' | 'code'>,
  from: number,
  limit: number,
): AsyncGenerator<TargetRow[]> {
  let [after, left] = [from, limit];
  while (left > 0) {
    const size = Math.min(SLICE, left);
    const rows = await readTargets(db, jobId, { ...filter, after, limit: size });
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (rows.length < size || !last) return;
    after = last.position;
    left -= size;
  }
}
