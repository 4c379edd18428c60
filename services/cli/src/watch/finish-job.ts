import type { JobHandle, Usher } from '@usher/sdk';
import { exitCodeOfJob } from '../api/exit-code-of.ts';
import { followJob } from './follow-job.ts';
import { waitingView } from './job-views.ts';

/**
 * Wait for a job's end, with a progress bar on a terminal; its outcome becomes the exit code.
 * @param options `wait`: for so many seconds, or as long as it takes.
 * @throws {CommandFailed} `timeOver` when it has not finished in that time.
 */
export async function finishJob(
  usher: Usher,
  job: JobHandle,
  { signal, wait, json }: { signal: AbortSignal; wait: number | true; json: boolean | undefined },
): Promise<void> {
  const finished = await followJob(usher, job.id, {
    signal,
    waitSeconds: wait === true ? undefined : wait,
    view: waitingView(json),
  });
  process.exitCode = exitCodeOfJob(finished);
  // The end is told before its email is sent.
  await job.refresh({ signal });
}
