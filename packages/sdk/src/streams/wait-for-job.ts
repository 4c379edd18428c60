import { UsherTimeoutError } from '../errors.ts';
import { sleep, startClock } from '../transport/clock.ts';
import { path } from '../transport/path.ts';
import type { Transport } from '../transport/transport.ts';
import type { GetJobAnswer, Job } from '../types.ts';
import { createPatience, type PatienceOptions } from './patience.ts';

export interface WaitOptions extends PatienceOptions {
  /** How long to wait at most, in milliseconds; as long as it takes, unless named. */
  timeoutMs?: number | undefined;
}

/** Below what proxies allow an answer to take. */
const POLL_S = 30;
const POLL_MS = POLL_S * 1_000 + 15_000;
const PAUSE_MS = 1_000;

/**
 * The job once it has finished, whatever it came to.
 * @throws UsherTimeoutError when that is not within the time; what `createPatience` throws.
 */
export async function waitForJob(
  transport: Transport,
  id: string,
  options: WaitOptions,
): Promise<Job> {
  const { timeoutMs, signal } = options;
  const clock = startClock(timeoutMs, signal);
  const patience = createPatience({ ...options, signal: clock.signal });
  const poll = {
    method: 'GET',
    path: path`/jobs/${id}`,
    query: { wait: POLL_S },
    signal: clock.signal,
    timeoutMs: POLL_MS,
    // Of a single try: a client's own is for what is asked, not for what is waited for.
    totalTimeoutMs: POLL_MS,
    maxRetries: 0,
  } as const;
  try {
    for (;;) {
      const begun = performance.now();
      try {
        const { body } = await transport.request<GetJobAnswer>(poll);
        patience.heard();
        if (body.job.finished_at !== null) return body.job;
      } catch (error) {
        await patience.after(error);
      }
      // An API that stops answers at once.
      if (performance.now() - begun < PAUSE_MS) await sleep(PAUSE_MS, clock.signal);
    }
  } catch (error) {
    if (!clock.rang) throw error;
    const timeout = new UsherTimeoutError(`Job ${id} has not finished within ${timeoutMs} ms`);
    timeout.jobId = id;
    throw timeout;
  } finally {
    clock.release();
  }
}
