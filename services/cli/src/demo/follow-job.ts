import { setTimeout as delay } from 'node:timers/promises';
import type { JobResource } from '@usher/contracts';
import type { ApiClient } from './api-client.ts';
import { createProgressBar } from './progress-bar.ts';

const DEADLINE_MS = 45_000;
const SHORT_POLL_MS = 30;

/**
 * Poll a job, with a progress bar, until every target has its outcome: by long polls of `waitSeconds`,
 * or, at 0, by short ones, which see more of what happens in between.
 */
export async function followJob(
  api: ApiClient,
  job: JobResource,
  waitSeconds: number,
): Promise<JobResource> {
  const bar = createProgressBar();
  const deadline = performance.now() + DEADLINE_MS;
  const path = `/${job.links.self.replace(/^\//, '')}` as const;
  try {
    bar.show(done(job), job.counts.total);
    for (;;) {
      const { status, body } = await api.call<{ job: JobResource }>(
        `GET ${path}?wait=${waitSeconds}`,
      );
      if (status !== 200) throw new Error(`GET ${path} answered ${status}`);
      bar.show(done(body.job), body.job.counts.total);
      if (body.job.finished_at) return body.job;
      if (performance.now() > deadline) throw new Error(`job ${job.id} does not finish`);
      if (waitSeconds === 0) await delay(SHORT_POLL_MS);
    }
  } finally {
    bar.end();
  }
}

const done = ({ counts }: JobResource) => counts.succeeded + counts.failed + counts.canceled;
