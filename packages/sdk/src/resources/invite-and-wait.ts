import { isUsherConnectionError, UsherTimeoutError } from '../errors.ts';
import type { WriteOptions } from '../transport/call.ts';
import { sleep } from '../transport/clock.ts';
import type { Transport } from '../transport/transport.ts';
import type { Job } from '../types.ts';

const LONGEST_WAIT_S = 30;
const TRAVEL_MS = 2_000;
const PAUSE_MS = 1_000;

/**
 * Post an invite, and again under the same key while the API answers that its job is not done yet.
 * @throws UsherTimeoutError with the `jobId`, if an answer has told it, when the time has passed.
 */
export async function inviteAndWait<Result>(
  transport: Transport,
  path: string,
  body: object,
  options: WriteOptions,
): Promise<Result> {
  const { idempotencyKey = crypto.randomUUID() } = options;
  const { timeoutMs = transport.timeoutMs, totalTimeoutMs = transport.totalTimeoutMs } = options;
  const until = performance.now() + totalTimeoutMs;
  let jobId: string | undefined;
  for (let left = totalTimeoutMs; left > 0; left = until - performance.now()) {
    const begun = performance.now();
    try {
      const answer = await transport.request<Result | { job: Job }>({
        ...options,
        method: 'POST',
        path,
        body,
        headers: { prefer: `wait=${waitWithin(Math.min(timeoutMs, left))}` },
        idempotencyKey,
        totalTimeoutMs: left,
      });
      if (answer.status !== 202) return answer.body as Result;
      jobId = (answer.body as { job: Job }).job.id;
    } catch (error) {
      throw naming(jobId, error);
    }
    // An API that stops answers at once.
    if (performance.now() - begun < PAUSE_MS) {
      await sleep(Math.max(0, Math.min(PAUSE_MS, until - performance.now())), options.signal);
    }
  }
  const what = `Job ${jobId} has not finished within ${totalTimeoutMs} ms, and goes on`;
  throw naming(jobId, new UsherTimeoutError(what));
}

/** Seconds: the answer must come before the try, or the last one, is given up. */
function waitWithin(ms: number): number {
  const most = Math.floor((ms - TRAVEL_MS) / 1_000);
  return Math.max(1, Math.min(LONGEST_WAIT_S, most));
}

function naming(jobId: string | undefined, error: unknown): unknown {
  if (isUsherConnectionError(error)) error.jobId = jobId;
  return error;
}
