import { listen, type Database } from '@usher/db';
import type { Kysely } from 'kysely';
import { PROGRESS_CHANNEL } from '../engine.ts';
import { atMost } from '../at-most.ts';
import { findChangedJobs, lookAtJobs, type Glimpse, type Trace } from './look-at-jobs.ts';
import { createLooks } from './looks.ts';
import { readOutcomes } from './read-outcomes.ts';
import type { TargetRow } from './read-targets.ts';
import { toEventId, type Place } from './stream-place.ts';

/** Jobs are looked at together, and none more often than this. */
const LOOK_PAUSE_MS = 250;
/** Of jobs that are costly to look at, so that no more than a tenth of the time is spent with it. */
const LONGEST_PAUSE_MS = 1_000;
// A notification may be lost, and flags of jobs change without one.
const SLOW_POLL_MS = 2_000;
/** What is shown of a job from other tables is compared with every fifth poll, in turn. */
const TURNS = 5;
/** However many jobs end at once, other requests find connections too. */
const READS_AT_ONCE = 4;
const PULSE_MS = 15_000;
/** Outcomes read, and handed on, at a time: what a client that reads slowly may leave in memory. */
export const PAGE = 200;

/** What one look saw of a job. */
export interface Sight {
  /** The job as JSON: of thousands that are watched, it is all that is kept. */
  text: string;
  round: number;
  finished: boolean;
  snapshot: string;
  /** The number of the look. */
  look: number;
}

/** An outcome, and the id of the event that tells it. */
export interface Told {
  id: string;
  round: number;
  target: TargetRow;
}

/** One who follows one job. */
export interface JobWatch {
  readonly jobId: string;
  /**
   * What a later look than the last saw; the first of them was begun after the watch. `pulse` where
   * nothing was looked at for long; null when it is over: stopped, closed, or no such job.
   */
  next(): Promise<Sight | 'pulse' | null>;
  /**
   * What comes next in the batch, at most `PAGE`; those at the same place share one reading, and few
   * are read at once. @throws {StoppedError} when it is over.
   */
  read(place: Place): Promise<readonly Told[]>;
  /** Reading failed: report it, unless it was over, and have the job looked at again. */
  disturbed(error: Error): void;
  stop(): void;
}

export interface JobWatchers {
  watch(jobId: string): JobWatch;
  /** Aborted when watching ends. */
  readonly closing: AbortSignal;
  /** Ends every watch; resolves when all who watched have stopped. */
  close(): Promise<void>;
}

class StoppedError extends Error {
  override name = 'StoppedError';
}

interface Watched {
  sight: Sight | null;
  /** Of what was seen; null before the first look. */
  trace: Trace | null;
  turn: number;
  /** Wakes one who waits: with the job's sight, if it is news to them. */
  watches: Set<(how: 'look' | 'pulse' | 'over') => void>;
  reading: Map<string, Promise<readonly Told[]>>;
}

/**
 * Watching jobs, thousands of them: one LISTEN connection, one timer of each sort and one statement at
 * a time for a process, however many watch. Who only waits is a few hundred bytes.
 */
export function createJobWatchers(options: {
  db: Kysely<Database>;
  url: string;
  onError: (error: Error) => void;
}): JobWatchers {
  const { db, onError } = options;
  const watched = new Map<string, Watched>();
  const closing = new AbortController();
  const fewAtOnce = atMost(READS_AT_ONCE);
  let allStopped = (): void => undefined;
  let polling = false;
  let turn = 0;
  const looks = createLooks({
    look: async (jobIds, number) => {
      const found = await lookAtJobs(db, jobIds);
      for (const jobId of jobIds) show(jobId, found.get(jobId), number);
    },
    pauseMs: (tookMs) => Math.max(LOOK_PAUSE_MS, Math.min(10 * tookMs, LONGEST_PAUSE_MS)),
    isWanted: (jobId) => watched.has(jobId),
    onError,
  });

  function show(jobId: string, glimpse: Glimpse | undefined, number: number): void {
    const entry = watched.get(jobId);
    if (!entry) return;
    if (glimpse) {
      const { job, snapshot, version, beside } = glimpse;
      entry.sight = {
        text: JSON.stringify(job),
        round: job.round,
        finished: job.finished_at !== null,
        snapshot,
        look: number,
      };
      entry.trace = { version, beside };
    }
    for (const tell of entry.watches) tell(glimpse ? 'look' : 'over');
  }

  async function poll(): Promise<void> {
    if (polling) return;
    polling = true;
    turn = (turn + 1) % TURNS;
    const known = new Map<string, Trace>();
    for (const [jobId, { trace, turn: own }] of watched) {
      if (trace) known.set(jobId, own === turn ? trace : { ...trace, beside: null });
    }
    await findChangedJobs(db, known).then(looks.ask, onError);
    looks.askFailed();
    polling = false;
  }

  const listener = listen({
    url: options.url,
    application: 'usher-stream-listener',
    channel: PROGRESS_CHANNEL,
    onMessage: (payload) => looks.ask(payload.split(',')),
    onConnected: () => void poll(),
    onError,
  });
  const pollTimer = setInterval(() => void poll(), SLOW_POLL_MS);
  const pulseTimer = setInterval(() => tellAll('pulse'), PULSE_MS);

  function tellAll(how: 'pulse' | 'over'): void {
    for (const { watches } of watched.values()) for (const tell of watches) tell(how);
  }

  async function readPage(jobId: string, place: Place): Promise<readonly Told[]> {
    const rows = await readOutcomes(db, jobId, place, PAGE);
    const upTo = place.batch?.upTo as string;
    return rows.map((target) => ({
      id: toEventId(jobId, { ...place, batch: { upTo, after: target.position } }),
      round: place.round,
      target,
    }));
  }

  function watch(jobId: string): JobWatch {
    const entry: Watched = watched.get(jobId) ?? {
      sight: null,
      trace: null,
      turn: watched.size % TURNS,
      watches: new Set(),
      reading: new Map(),
    };
    watched.set(jobId, entry);
    // An older look may have seen less than the stream that this one goes on from.
    let after = looks.begun;
    let over = closing.signal.aborted;
    let waiting: ((news: Sight | 'pulse' | null) => void) | undefined;
    const answer = (news: Sight | 'pulse' | null) => {
      const resolve = waiting;
      waiting = undefined;
      resolve?.(news);
    };
    const news = (): Sight | null => {
      if (!waiting || !entry.sight || entry.sight.look <= after) return null;
      after = entry.sight.look;
      return entry.sight;
    };
    const tell = (how: 'look' | 'pulse' | 'over') => {
      over ||= how === 'over';
      if (over) return answer(null);
      const seen = news();
      if (seen) answer(seen);
      else if (how === 'pulse') answer('pulse');
    };
    entry.watches.add(tell);
    looks.ask([jobId]);
    return {
      jobId,
      next: () =>
        new Promise((resolve) => {
          waiting = resolve;
          tell('look');
        }),
      read(place) {
        if (over) return Promise.reject(new StoppedError());
        const key = toEventId(jobId, place);
        const shared =
          entry.reading.get(key) ??
          fewAtOnce(() => {
            // Those who asked may have left while this waited.
            if (watched.get(jobId) !== entry) throw new StoppedError();
            return readPage(jobId, place);
          });
        if (!entry.reading.has(key)) {
          entry.reading.set(key, shared);
          const forget = () => entry.reading.delete(key);
          shared.then(forget, forget);
        }
        return shared;
      },
      disturbed(error) {
        if (error instanceof StoppedError) return;
        onError(error);
        after = looks.begun;
        looks.ask([jobId]);
      },
      stop() {
        if (!entry.watches.delete(tell)) return;
        over = true;
        answer(null);
        if (entry.watches.size > 0) return;
        watched.delete(jobId);
        looks.forget(jobId);
        if (watched.size === 0) allStopped();
      },
    };
  }

  return {
    watch,
    closing: closing.signal,
    async close() {
      closing.abort();
      looks.stop();
      clearInterval(pollTimer);
      clearInterval(pulseTimer);
      const stopped = new Promise<void>((resolve) => {
        allStopped = resolve;
      });
      tellAll('over');
      if (watched.size > 0) await stopped;
      await listener.close();
    },
  };
}
