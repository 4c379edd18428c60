import type { JobState } from '@usher/contracts';
import { sql, type RawBuilder } from 'kysely';
import type { JobHead } from '../kind.ts';

/** The state that a client sees: computed, never stored. `now` only tells `scheduled` from `queued`. */
export function jobState(job: JobHead, now: Date = new Date()): JobState {
  if (job.finished_at !== null) {
    if (job.canceled > 0) return 'canceled';
    if (job.failed === 0) return 'succeeded';
    return job.succeeded === 0 ? 'failed' : 'partially_failed';
  }
  const stopped = job.cancel_requested_at !== null || job.fenced_at !== null;
  if (job.paused_at !== null && !stopped) return 'paused';
  if (job.started_at !== null) return 'running';
  return job.start_at !== null && job.start_at > now ? 'scheduled' : 'queued';
}

/** The same function in SQL, for filters: an expression over a row of `jobs`. */
export const jobStateSql: RawBuilder<JobState> = sql<JobState>`case
  when finished_at is not null then case
    when canceled > 0 then 'canceled'
    when failed = 0 then 'succeeded'
    when succeeded = 0 then 'failed'
    else 'partially_failed' end
  when paused_at is not null and cancel_requested_at is null and fenced_at is null then 'paused'
  when started_at is not null then 'running'
  when start_at > now() then 'scheduled'
  else 'queued' end`;
