import type { Database, Sending } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import type { BillingReportContent } from './mailer.ts';

/** Beyond these, failures are only counted: who wants them all asks for the job's targets. */
const LISTED = 200;

interface Row {
  organization: string;
  total: number;
  succeeded: number;
  failed: number;
  canceled: number;
  /** Null, as the reason: nothing failed. */
  name: string | null;
  reason: string | null;
}

/**
 * What the report says of its job: the counts, and what failed by the latest word on each group. Read
 * in one statement, so that they agree. A group that is gone, or never was ours, goes by its id.
 */
export async function composeBillingReport(
  db: Kysely<Database>,
  sending: Pick<Sending, 'org_id' | 'subject_id'>,
  jobUrl: (jobId: string) => string,
): Promise<BillingReportContent> {
  const jobId = sending.subject_id;
  const { rows } = await sql<Row>`
    select organizations.name as organization, jobs.total, jobs.succeeded, jobs.failed, jobs.canceled,
      coalesce(groups.name, failure.target_id::text) as name, failure.message as reason
    from jobs
    join organizations on organizations.id = jobs.org_id
    left join lateral (
      select position, target_id, message
      from (
        select distinct on (position) position, target_id, status, message from outcomes
        where outcomes.job_id = jobs.id order by position, round desc
      ) as latest
      where status = 'failed' order by position limit ${LISTED}
    ) as failure on true
    left join groups on groups.org_id = jobs.org_id and groups.id = failure.target_id
    where jobs.org_id = ${sending.org_id} and jobs.id = ${jobId}
    order by failure.position`.execute(db);
  const [first] = rows;
  if (!first) throw new Error(`the job ${jobId} of a report does not exist`);
  const { organization, total, succeeded, failed, canceled } = first;
  const failures = rows.flatMap(({ name, reason }) =>
    name === null || reason === null ? [] : [{ name, reason }],
  );
  return {
    template: 'billing-report',
    organization,
    counts: { total, succeeded, failed, canceled },
    failures,
    moreFailures: failed - failures.length,
    jobUrl: jobUrl(jobId),
  };
}
