import type { UsherConnectionError, UsherError } from '../errors.ts';
import { sleep } from '../transport/clock.ts';
import { delayAfter, isPassing } from '../transport/delays.ts';

export interface PatienceOptions {
  /** Ends it: what waits or iterates rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long to go on while the API cannot be reached, or cannot work, in milliseconds; 5 minutes. */
  outageMs?: number | undefined;
}

/** Of what outlives single requests, and restarts of the API. */
export interface Patience {
  /** The API lives. */
  heard(): void;
  /** Resolves when it is time to try again. @throws the failure, when it is final or has lasted too long. */
  after(failure: unknown, leastMs?: number): Promise<void>;
}

const OUTAGE_MS = 300_000;

export function createPatience({ signal, outageMs = OUTAGE_MS }: PatienceOptions): Patience {
  let failures = 0;
  let until = 0;
  return {
    heard() {
      failures = 0;
    },
    async after(failure, leastMs = 0) {
      signal?.throwIfAborted();
      if (!isPassing(failure)) throw failure;
      if (failures === 0) until = performance.now() + outageMs;
      failures += 1;
      const delay = leastMs + delayAfter(failure, failures);
      if (performance.now() + delay >= until) throw tried(failure, failures);
      await sleep(delay, signal);
    },
  };
}

function tried<Failure extends UsherError | UsherConnectionError>(
  failure: Failure,
  attempts: number,
): Failure {
  failure.attempts = attempts;
  return failure;
}
