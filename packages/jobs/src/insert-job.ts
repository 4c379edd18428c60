import { newId, prepared, type Database } from '@usher/db';
import type { Lane } from '@usher/queue';
import { sql, type Kysely } from 'kysely';
import { JOB_HEAD_COLUMNS } from './job-head-columns.ts';
import type { JobHead } from './kind.ts';

const SMALL_JOB = 50;
const TARGETS_PER_TASK = 200;

/** Where a job's first tasks wait. */
export const laneOf = (targets: number): Lane => (targets <= SMALL_JOB ? 'interactive' : 'bulk');

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
}

/**
 * Insert a job and its first tasks, in one statement that carries each target once. Small jobs travel
 * whole in the interactive lane; large ones in pieces in the bulk lane, behind the database's gate.
 */
export async function insertJob(db: Kysely<Database>, draft: JobDraft): Promise<JobHead> {
  const total = draft.targetIds.length;
  const lane = laneOf(total);
  const taskIds = Array.from({ length: Math.ceil(total / TARGETS_PER_TASK) }, newId);
  const targets = sql`${[...draft.targetIds]}::uuid[]`;
  const { rows } = await sql<JobHead>`${prepared}
    with job as (
      insert into jobs (id, org_id, api_key_id, kind, input, target_ids, request_id, total, remaining,
        failure_limit, start_at, finished_at)
      select ${draft.id}::uuid, ${draft.orgId}::uuid, ${draft.apiKeyId}::uuid, ${draft.kind}::text,
        ${JSON.stringify(draft.input)}::jsonb, given.targets, ${draft.requestId}::text, given.total, given.total,
        ${draft.failureLimit}::int, ${draft.startAt}::timestamptz,
        case when given.total = 0 then now() end
      from (select ${targets} as targets, ${total}::int as total) as given
      returning *
    ), cut as (
      insert into tasks (id, org_id, job_id, kind, lane, gate, positions, target_ids, due_at)
      select piece.id, job.org_id, job.id, job.kind, ${lane}::text, ${lane === 'bulk' ? 'database' : null}::text,
        array(select generate_series(first, last)), job.target_ids[first + 1:last + 1],
        coalesce(job.start_at, now())
      from job, (
        select id, (number - 1) * ${TARGETS_PER_TASK}::int as first,
          least(number * ${TARGETS_PER_TASK}::int, ${total}::int) - 1 as last
        from unnest(${taskIds}::uuid[]) with ordinality as numbered (id, number)) as piece
    )
    select ${sql.join(JOB_HEAD_COLUMNS.map((column) => sql.id(column)))} from job`.execute(db);
  return rows[0] as JobHead;
}
