import pRetry from 'p-retry';
import type { Upstream } from '../provider.ts';

const MORE_TRIES = 2;
const PAUSE_MS = 100;

/**
 * Read, and at most twice more where that may help: of a look-up of many pages each would otherwise
 * have to succeed at once. Never for what changes anything; never before a time that the provider named.
 */
export async function readPatiently<T>(
  read: () => Promise<Upstream<T>>,
  signal: AbortSignal,
): Promise<Upstream<T>> {
  let last: Upstream<T> | undefined;
  if (signal.aborted) return read();
  const tryOnce = async () => {
    last = await read();
    if (mayPass(last)) throw new Error('worth another try');
  };
  const options = { retries: MORE_TRIES, minTimeout: PAUSE_MS, factor: 2, signal };
  try {
    await pRetry(tryOnce, options);
  } catch (error) {
    // What was read last says it; without it, nothing was read at all.
    if (!last) throw error;
  }
  return last as Upstream<T>;
}

const mayPass = <T>(read: Upstream<T>) =>
  read.kind === 'unanswered' || (read.kind === 'unavailable' && read.retryAfterMs === undefined);
