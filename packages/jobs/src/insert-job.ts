import { newId, prepared, type Database } from '@usher/db';
import { shortJson } from '@usher/events';
import type { Lane } from '@usher/queue';
import { sql, type Kysely } from 'kysely';
import { DATABASE_GATE } from './dispatch/gates.ts';
import { JOB_HEAD_COLUMNS } from './job-head-columns.ts';
import type { JobHead, KindOfJob } from './kind.ts';

const SMALL_JOB = 50;
/**
 * A large job's tasks have at most as many targets as sixteen small jobs, which share a transaction. A
 * task is begun as a whole: whoever steers a job, or waits for its progress, finds a dozen of them.
 */
const TARGETS_PER_TASK = { least: 200, most: 800 };
const TASKS_OF_A_JOB = 12;
/** Of an input, whatever its kind: people's names, what is said to them, and what the key says itself. */
const UNTOLD = ['first_name', 'last_name', 'text', 'scope'];

/** How a job is cut into its first tasks, and where they wait. */
export interface Cut {
  lane: Lane;
  gate: string | null;
  targetsPerTask: number;
  /** How many targets' work each target is, where that is not one. */
  weight: number | null;
}

/**
 * Small jobs travel whole in the interactive lane; large ones in pieces in the bulk lane, behind the
 * database's gate; those whose effect is outside target by target.
 */
export function cutOf(
  kind: KindOfJob,
  input: object,
  targets: number,
  failureLimit: number | null,
): Cut {
  if (kind.effect === 'outside') return { ...kind.place, targetsPerTask: 1, weight: null };
  const weight = kind.weigh ? Math.max(1, kind.weigh(input)) : null;
  if (targets * (weight ?? 1) <= SMALL_JOB) {
    return { lane: 'interactive', gate: null, targetsPerTask: SMALL_JOB, weight };
  }
  const { least, most } = TARGETS_PER_TASK;
  const even = Math.min(most, Math.max(least, Math.ceil(targets / TASKS_OF_A_JOB)));
  // What is begun is not undone when failures reach their limit.
  const targetsPerTask = failureLimit === null ? even : least;
  return { lane: 'bulk', gate: DATABASE_GATE, targetsPerTask, weight };
}

export interface JobDraft {
  id: string;
  orgId: string;
  apiKeyId: string | null;
  kind: string;
  input: object;
  targetIds: readonly string[];
  requestId: string | null;
  failureLimit: number | null;
  startAt: Date | null;
  /** Whether it was, or will be, answered 202. */
  acknowledged: boolean;
  /** What the audit log says beside. */
  audited?: object | undefined;
  cut: Cut;
}

/** Insert a job and its first tasks. */
export async function insertJob(db: Kysely<Database>, draft: JobDraft): Promise<JobHead> {
  return (await insertJobs(db, [draft]))[0] as JobHead;
}

/**
 * Insert jobs, their first tasks and what the audit log says of them, in one statement that carries
 * each target once: which they are, the log need not say again.
 * @returns the jobs, in the order of the drafts.
 */
export async function insertJobs(
  db: Kysely<Database>,
  drafts: readonly JobDraft[],
): Promise<JobHead[]> {
  const pieces = drafts.flatMap((draft, job) =>
    piecesOf(draft).map((piece) => ({ ...piece, job })),
  );
  const each = <T>(read: (draft: JobDraft) => T) => drafts.map(read);
  const { rows } = await sql<JobHead>`${prepared}
    with given as (
      -- Each list of ids is read once, however often it is used.
      select id, org_id, api_key_id, kind, input, targets::uuid[] as target_ids, total, request_id,
        failure_limit, start_at, acknowledged, entry_id, told, number
      from unnest(
        ${each(({ id }) => id)}::uuid[],
        ${each(({ orgId }) => orgId)}::uuid[],
        ${each(({ apiKeyId }) => apiKeyId)}::uuid[],
        ${each(({ kind }) => kind)}::text[],
        ${each(({ input }) => JSON.stringify(input))}::jsonb[],
        ${each(({ targetIds }) => `{${targetIds.join(',')}}`)}::text[],
        ${each(({ targetIds }) => targetIds.length)}::int[],
        ${each(({ requestId }) => requestId)}::text[],
        ${each(({ failureLimit }) => failureLimit)}::int[],
        ${each(({ startAt }) => startAt)}::timestamptz[],
        ${each(({ acknowledged }) => acknowledged)}::bool[],
        ${each(() => newId())}::uuid[],
        ${each(auditedOf)}::jsonb[]
      ) with ordinality as given
        (id, org_id, api_key_id, kind, input, targets, total, request_id, failure_limit, start_at,
          acknowledged, entry_id, told, number)
    ), job as (
      insert into jobs (id, org_id, api_key_id, kind, input, target_ids, request_id, total, remaining,
        failure_limit, start_at, acknowledged, finished_at)
      select id, org_id, api_key_id, kind, input, target_ids, request_id, total, total,
        failure_limit, start_at, acknowledged, case when total = 0 then now() end
      from given order by number
      returning *
    ), audited as (
      insert into audit_log (id, org_id, api_key_id, action, resource_type, resource_id, after, request_id)
      select entry_id, org_id, api_key_id, 'job.submit', 'job', id, told, request_id
      from given order by number
    ), cut as (
      insert into tasks (id, org_id, job_id, kind, lane, gate, cost, positions, target_ids, due_at)
      select piece.id, given.org_id, given.id, given.kind, piece.lane, piece.gate, piece.cost,
        array(select generate_series(first, last)), given.target_ids[first + 1:last + 1],
        -- Somebody waits for what can be fenced: before all else of the same organization. A start that
        -- is long past is no such reason.
        case when given.start_at is not null then greatest(given.start_at, now())
          when given.acknowledged then now() else now() - interval '1 day' end
      from unnest(
        ${pieces.map(({ job }) => job + 1)}::int[],
        ${pieces.map(({ id }) => id)}::uuid[],
        ${pieces.map(({ lane }) => lane)}::text[],
        ${pieces.map(({ gate }) => gate)}::text[],
        ${pieces.map(({ cost }) => cost)}::int[],
        ${pieces.map(({ first }) => first)}::int[],
        ${pieces.map(({ last }) => last)}::int[]
      ) as piece (number, id, lane, gate, cost, first, last)
      join given using (number)
    )
    select ${sql.join(JOB_HEAD_COLUMNS.map((column) => sql.id(column)))} from job`.execute(db);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return drafts.map(({ id }) => byId.get(id) as JobHead);
}

/** Of a person the log keeps the address alone: nothing can be taken out of it. */
function auditedOf(draft: JobDraft): string {
  const told = Object.entries(draft.input).filter(([name]) => !UNTOLD.includes(name));
  return shortJson({
    kind: draft.kind,
    total: draft.targetIds.length,
    failure_limit: draft.failureLimit,
    start_at: draft.startAt,
    input: Object.fromEntries(told),
    ...draft.audited,
  });
}

interface Piece {
  id: string;
  lane: Lane;
  gate: string | null;
  cost: number | null;
  /** Positions, both of them in it. */
  first: number;
  last: number;
}

function piecesOf({ targetIds, cut: { lane, gate, targetsPerTask, weight } }: JobDraft): Piece[] {
  const total = targetIds.length;
  return Array.from({ length: Math.ceil(total / targetsPerTask) }, (_, number) => {
    const first = number * targetsPerTask;
    const last = Math.min(first + targetsPerTask, total) - 1;
    const cost = weight && weight * (last - first + 1);
    return { id: newId(), lane, gate, cost, first, last };
  });
}
