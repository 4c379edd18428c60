import type { Job } from '@usher/sdk';
import { printFields, printTable } from '../print.ts';
import { describeTime } from './describe-time.ts';
import { paintState } from './paint-state.ts';

/** One job, for a person. */
export function printJob(job: Job): void {
  const { email } = job;
  printFields([
    ['job', job.id],
    ['kind', job.kind],
    ['state', job.round > 1 ? `${job.state}, round ${job.round}` : job.state],
    ['targets', describeCounts(job)],
    ['email', email && [email.state, describeTime(email.sent_at)].join(' ').trim()],
    ['created', describeTime(job.created_at)],
    ['started', describeTime(job.started_at)],
    ['finished', describeTime(job.finished_at)],
  ]);
}

export function printJobs(jobs: readonly Job[]): void {
  printTable(
    ['job', 'kind', 'state', 'created', 'targets'],
    jobs.map((job) => [
      job.id,
      job.kind,
      job.state,
      describeTime(job.created_at),
      describeCounts(job),
    ]),
    { state: paintState },
  );
}

/** `18 of 20 succeeded, 2 failed`: what is none is left out. */
export function describeCounts({ counts }: Pick<Job, 'counts'>): string {
  const { total, succeeded, ...others } = counts;
  const rest = (['failed', 'canceled', 'retrying', 'pending'] as const)
    .filter((status) => others[status] > 0)
    .map((status) => `${others[status].toLocaleString('en')} ${status}`);
  const most = `${succeeded.toLocaleString('en')} of ${total.toLocaleString('en')} succeeded`;
  return [most, ...rest].join(', ');
}
