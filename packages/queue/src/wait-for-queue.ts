import pRetry from 'p-retry';
import { assertQueueSchema, onPostgres, QueueUnfitError } from './migrate-queue.ts';
import { readRedis, redisUnfit } from './redis-backend.ts';

/**
 * Resolve once the queue's store answers and fits. A store that is away is waited for: nothing is lost
 * meanwhile, since the tasks are in Postgres.
 * @throws {QueueUnfitError} when it answers and does not fit.
 */
export async function waitForQueue(
  url: string,
  options: { signal: AbortSignal; onWaiting: (error: Error) => void },
): Promise<void> {
  if (onPostgres(url)) return assertQueueSchema(url);
  const facts = await pRetry(() => readRedis(url), {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 250,
    maxTimeout: 2_000,
    signal: options.signal,
    shouldRetry: ({ error }) => !/WRONGPASS|NOAUTH|NOPERM/.test(error.message),
    onFailedAttempt: ({ error }) => options.onWaiting(error),
  });
  const unfit = redisUnfit(facts);
  if (unfit !== undefined) throw new QueueUnfitError(unfit);
}
