import type { Database, Task } from '@usher/db';
import { publishEvents, type EventDraft } from '@usher/events';
import type { Transaction } from 'kysely';
import type { JobHead, KindOfJob, TargetResult } from './kind.ts';
import { describeJobs } from './reading/read-jobs.ts';
import type { Counted } from './write-outcomes.ts';

/** What a transaction recorded of one task, and what its job came to by that. */
export interface Told {
  task: Task;
  job: JobHead;
  attempts: number;
  results: readonly TargetResult[];
  counted: Counted;
}

/**
 * Tell whoever listens what these results mean: targets that failed, jobs that finished. In the
 * recording transaction, after everything else that follows, since a job's event shows it as it is then.
 * @returns whether there is something to dispatch.
 */
export async function publishResults(
  trx: Transaction<Database>,
  kind: KindOfJob,
  all: readonly Told[],
): Promise<boolean> {
  const heard = all.filter(({ counted }) => counted.heard);
  if (heard.length === 0) return false;
  const drafts = heard.flatMap((told) => (told.counted.failuresHeard ? failures(kind, told) : []));
  const finished = heard.filter(({ counted }) => counted.remaining === 0);
  const resources = await describeJobs(
    trx,
    finished.map(({ job }) => job.id),
  );
  for (const { task, job } of finished) {
    const resource = resources.get(job.id);
    if (!resource) throw new Error(`job ${job.id} that finished does not exist`);
    drafts.push({
      orgId: job.org_id,
      type: resource.state === 'canceled' ? 'job.canceled' : 'job.completed',
      data: { job: resource },
      job: { id: job.id, round: task.round },
    });
  }
  return publishEvents(trx, drafts);
}

function failures(kind: KindOfJob, { task, job, attempts, results }: Told): EventDraft[] {
  const { idField, email } = kind.describe(job);
  return results
    .filter(({ status }) => status === 'failed')
    .map(({ position, targetId, code, message, retryable = false }) => ({
      orgId: job.org_id,
      type: 'job.target_failed',
      data: {
        job_id: job.id,
        round: task.round,
        target: {
          position,
          [idField]: targetId,
          ...(email !== undefined && { email }),
          status: 'failed',
          code,
          message,
          attempts,
          retryable,
        },
      },
      job: { id: job.id, round: task.round, position },
    }));
}
