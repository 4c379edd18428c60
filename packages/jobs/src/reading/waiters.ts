import { listen, type Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { PROGRESS_CHANNEL } from '../engine.ts';

// A notification may be lost with its connection: look again this often, whatever was said.
const SLOW_POLL_MS = 2_000;

export interface Waiters {
  /**
   * Resolve true once the job is finished, false when the time is over or the signal aborts. Held by
   * no transaction and no connection.
   */
  untilFinished(jobId: string, timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

/** Waiting for jobs, fed by one LISTEN connection per process and a slow poll behind it. */
export function createWaiters(options: {
  db: Kysely<Database>;
  url: string;
  onError: (error: Error) => void;
}): Waiters {
  const watching = new Map<string, Set<() => void>>();
  const closing = new AbortController();
  const wake = (jobId: string) => {
    for (const look of watching.get(jobId) ?? []) look();
  };
  const listener = listen({
    url: options.url,
    application: 'usher-progress-listener',
    channel: PROGRESS_CHANNEL,
    onMessage: (payload) => {
      for (const jobId of payload.split(',')) wake(jobId);
    },
    onConnected: () => {
      for (const jobId of watching.keys()) wake(jobId);
    },
    onError: options.onError,
  });

  async function isFinished(jobId: string): Promise<boolean> {
    const { rows } = await sql<{ finished: boolean }>`
      select finished_at is not null as finished from jobs where id = ${jobId}`.execute(options.db);
    return rows[0]?.finished ?? true;
  }

  /** Resolves at the next notification, slow poll, deadline or abort, whichever is first. */
  function nextHint(jobId: string, ms: number, signal: AbortSignal): { hint: Promise<void> } {
    return {
      hint: new Promise((resolve) => {
        const looks = watching.get(jobId) ?? new Set();
        watching.set(jobId, looks);
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          looks.delete(done);
          if (looks.size === 0) watching.delete(jobId);
          resolve();
        };
        const timer = setTimeout(done, ms);
        looks.add(done);
        signal.addEventListener('abort', done);
        if (signal.aborted) done();
      }),
    };
  }

  return {
    async untilFinished(jobId, timeoutMs, given) {
      const until = performance.now() + timeoutMs;
      const signal = given ? AbortSignal.any([given, closing.signal]) : closing.signal;
      for (;;) {
        const left = until - performance.now();
        // Watch before looking: what happens in between must not be missed.
        const { hint } = nextHint(jobId, Math.max(0, Math.min(left, SLOW_POLL_MS)), signal);
        const finished = await isFinished(jobId).catch((error: Error) => {
          options.onError(error);
          return false;
        });
        if (finished) return true;
        if (left <= 0 || signal.aborted) return false;
        await hint;
      }
    },
    async close() {
      closing.abort();
      await listener.close();
    },
  };
}
