import { listen, prepared, type Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { PROGRESS_CHANNEL } from '../engine.ts';
import { createLooks } from './looks.ts';

// A notification may be lost with its connection: look again this often, whatever was said.
const SLOW_POLL_MS = 2_000;
/** Whoever waits is told within milliseconds; a flood of notifications costs no more looks than this. */
const LOOK_PAUSE_MS = 5;
const LOOKS_AT_ONCE = 3;

export interface Waiters {
  /**
   * Resolve true once the job is finished, false when the time is over or the signal aborts. Held by
   * no transaction and no connection.
   */
  untilFinished(jobId: string, timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

interface Waiter {
  /** Only later looks than this one answer it: an older one may have seen less than its caller. */
  after: number;
  seen: boolean;
  /** Whether the next look answers it, whatever it sees. */
  over: boolean;
  answer(finished: boolean): void;
}

/**
 * Waiting for jobs, fed by one LISTEN connection per process and a slow poll behind it. All who wait
 * share what is looked at.
 */
export function createWaiters(options: {
  db: Kysely<Database>;
  url: string;
  onError: (error: Error) => void;
}): Waiters {
  const { db, onError } = options;
  const waiting = new Map<string, Set<Waiter>>();
  const looks = createLooks({
    look,
    pauseMs: () => LOOK_PAUSE_MS,
    atOnce: LOOKS_AT_ONCE,
    isWanted: (jobId) => waiting.has(jobId),
    onError,
  });
  let closed = false;

  async function look(jobIds: string[], number: number): Promise<void> {
    let unfinished: Set<string>;
    try {
      unfinished = await findUnfinished(db, jobIds);
    } catch (error) {
      for (const waiter of waitersFor(jobIds)) if (waiter.over) waiter.answer(false);
      throw error;
    }
    for (const jobId of jobIds) {
      const finished = !unfinished.has(jobId);
      for (const waiter of waitersFor([jobId])) {
        if (number <= waiter.after) continue;
        waiter.seen = true;
        if (finished || waiter.over) waiter.answer(finished);
      }
    }
  }

  const waitersFor = (jobIds: Iterable<string>) =>
    [...jobIds].flatMap((jobId) => [...(waiting.get(jobId) ?? [])]);

  const listener = listen({
    url: options.url,
    application: 'usher-progress-listener',
    channel: PROGRESS_CHANNEL,
    onMessage: (payload) => looks.ask(payload.split(',')),
    onConnected: () => looks.ask(waiting.keys()),
    onError,
  });
  const pollTimer = setInterval(() => {
    looks.ask(waiting.keys());
  }, SLOW_POLL_MS);

  function untilFinished(jobId: string, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const ofJob = waiting.get(jobId) ?? new Set();
      waiting.set(jobId, ofJob);
      const leave = () => endEarly(waiter);
      const waiter: Waiter = {
        after: looks.begun,
        seen: false,
        over: timeoutMs <= 0 || closed || signal?.aborted === true,
        answer(finished) {
          clearTimeout(timer);
          signal?.removeEventListener('abort', leave);
          ofJob.delete(waiter);
          if (ofJob.size === 0 && waiting.get(jobId) === ofJob) {
            waiting.delete(jobId);
            looks.forget(jobId);
          }
          resolve(finished);
        },
      };
      // What happened by the last moment counts.
      const lookOnceMore = () => {
        waiter.over = true;
        waiter.after = looks.begun;
        looks.ask([jobId]);
      };
      const timer = waiter.over ? undefined : setTimeout(lookOnceMore, timeoutMs);
      signal?.addEventListener('abort', leave);
      ofJob.add(waiter);
      looks.ask([jobId]);
    });
  }

  return {
    untilFinished,
    async close() {
      closed = true;
      clearInterval(pollTimer);
      for (const waiter of waitersFor(waiting.keys())) endEarly(waiter);
      await listener.close();
    },
  };
}

/** At once if anything is known of the job, else with the next look. */
function endEarly(waiter: Waiter): void {
  waiter.over = true;
  if (waiter.seen) waiter.answer(false);
}

async function findUnfinished(db: Kysely<Database>, jobIds: string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`${prepared}
    select id from jobs where id = any (${jobIds}::uuid[]) and finished_at is null`.execute(db);
  return new Set(rows.map(({ id }) => id));
}
