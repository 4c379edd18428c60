import { isUsherConnectionError, UsherTimeoutError } from '../errors.ts';
import type { WriteOptions } from '../transport/call.ts';
import type { Transport } from '../transport/transport.ts';
import type { Job } from '../types.ts';

const LONGEST_WAIT_S = 30;
const TRAVEL_MS = 2_000;

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
  // Its answer must come before a try is given up.
  const most = Math.floor((timeoutMs - TRAVEL_MS) / 1_000);
  const headers = { prefer: `wait=${Math.max(1, Math.min(LONGEST_WAIT_S, most))}` };
  let jobId: string | undefined;
  for (let left = totalTimeoutMs; left > 0; left = until - performance.now()) {
    try {
      const answer = await transport.request<Result | { job: Job }>({
        ...options,
        method: 'POST',
        path,
        body,
        headers,
        idempotencyKey,
        totalTimeoutMs: left,
      });
      if (answer.status !== 202) return answer.body as Result;
      jobId = (answer.body as { job: Job }).job.id;
    } catch (error) {
      throw naming(jobId, error);
    }
  }
  const what = `Job ${jobId} has not finished within ${totalTimeoutMs} ms, and goes on`;
  throw naming(jobId, new UsherTimeoutError(what));
}

function naming(jobId: string | undefined, error: unknown): unknown {
  if (isUsherConnectionError(error)) error.jobId = jobId;
  return error;
}
