import {
  decodeCursor,
  encodeCursor,
  PublicError,
  type JobResource,
  type ListJobsQuery,
} from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { JobHead } from '../kind.ts';
import { JOB_HEAD_COLUMNS } from '../job-head-columns.ts';
import { jobState, jobStateSql } from './job-state.ts';

/** Whose jobs may be seen: an organization's, or only those that one (scoped) key submitted. */
export interface Viewer {
  orgId: string;
  onlyKeyId: string | null;
}

const JOB_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export type JobRow = JobHead & {
  retrying: number;
  email_state: 'pending' | 'sent' | 'unknown' | 'failed' | null;
  email_sent_at: Date | null;
};

/** Jobs with what is shown of them beside their row; the condition speaks of columns of `jobs`. */
export const rowsWhere = (condition: RawBuilder<boolean>) => sql<JobRow>`
  select jobs.*,
    case when finished_at is null then (
      select coalesce(sum(cardinality(positions)), 0)::int from tasks
      where tasks.job_id = jobs.id and tasks.attempts > 0 and tasks.subject_id is null
    ) else 0 end as retrying,
    email.state as email_state, email.sent_at as email_sent_at
  from (
    select ${sql.join(JOB_HEAD_COLUMNS.map((column) => sql.ref(column)))} from jobs
    where ${condition}
  ) as jobs
  left join lateral (
    select state, sent_at from sendings
    where sendings.job_id = jobs.id order by created_at desc limit 1
  ) as email on true`;

const rows = (viewer: Viewer) =>
  rowsWhere(sql`org_id = ${viewer.orgId}
      and (${viewer.onlyKeyId}::uuid is null or api_key_id = ${viewer.onlyKeyId}::uuid)`);

/** Newest first. The cursor is opaque; an empty one is the end. */
export async function listJobs(
  db: Kysely<Database>,
  viewer: Viewer,
  query: ListJobsQuery,
): Promise<{ jobs: JobResource[]; next_cursor: string }> {
  const before = query.cursor ? decodeCursor(query.cursor, JOB_ID) : null;
  const { rows: found } = await sql<JobRow>`
    ${rows(viewer)}
    where (${before}::uuid is null or jobs.id < ${before}::uuid)
      and (${query.kind ?? null}::text is null or jobs.kind = ${query.kind ?? null})
      and (${query.state ?? null}::text is null or ${jobStateSql} = ${query.state ?? null})
    order by jobs.id desc limit ${query.limit + 1}`.execute(db);
  const page = found.slice(0, query.limit);
  const last = page.at(-1);
  return {
    jobs: page.map((row) => toResource(row)),
    next_cursor: found.length > query.limit && last ? encodeCursor(last.id) : '',
  };
}

async function requireRow(db: Kysely<Database>, viewer: Viewer, jobId: string): Promise<JobRow> {
  const { rows: found } = await sql<JobRow>`${rows(viewer)} where jobs.id = ${jobId}`.execute(db);
  if (!found[0]) throw new PublicError('not_found', 'Job not found');
  return found[0];
}

/** The row itself, for whoever knows the kind. @throws {PublicError} `not_found`. */
export const requireJobHead: (
  db: Kysely<Database>,
  viewer: Viewer,
  jobId: string,
) => Promise<JobHead> = requireRow;

/** The job as clients see it. @throws {PublicError} `not_found`. */
export async function requireJob(
  db: Kysely<Database>,
  viewer: Viewer,
  jobId: string,
): Promise<JobResource> {
  return toResource(await requireRow(db, viewer, jobId));
}

/** Jobs by their ids, as the transaction sees them now. */
export async function describeJobs(
  db: Kysely<Database>,
  jobIds: readonly string[],
): Promise<Map<string, JobResource>> {
  if (jobIds.length === 0) return new Map();
  const { rows: found } = await rowsWhere(sql`id = any (${[...jobIds]}::uuid[])`).execute(db);
  return new Map(found.map((row) => [row.id, toResource(row)]));
}

/** A job of which nothing has been done yet, without asking for it. */
export const describeNewJob = (job: JobHead): JobResource =>
  toResource({ ...job, retrying: 0, email_state: null, email_sent_at: null });

/** @param now Postgres', where `scheduled` must not end before its time. */
export function toResource(row: JobRow, now?: Date): JobResource {
  const self = `/api/v1/jobs/${row.id}`;
  return {
    id: row.id,
    kind: row.kind,
    state: jobState(row, now),
    round: row.round,
    counts: {
      total: row.total,
      pending: row.remaining - row.retrying,
      retrying: row.retrying,
      succeeded: row.succeeded,
      failed: row.failed,
      canceled: row.canceled,
    },
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
    email: row.email_state && {
      state: row.email_state,
      sent_at: row.email_sent_at?.toISOString() ?? null,
    },
    links: { self, targets: `${self}/targets`, events: `${self}/events` },
  };
}
