import { listen, type Database } from '@usher/db';
import type { Kysely } from 'kysely';
import { PROGRESS_CHANNEL } from '../engine.ts';
import { findChangedJobs, lookAtJobs, type Glimpse } from './look-at-jobs.ts';
import { readOutcomes } from './read-outcomes.ts';
import type { TargetRow } from './read-targets.ts';
import { toEventId, type Place } from './stream-place.ts';

/** Jobs are looked at together, and none more often than this. */
const LOOK_PAUSE_MS = 250;
/** After a look that failed. */
const RETRY_PAUSE_MS = 1_000;
const JOBS_PER_LOOK = 1_000;
// A notification may be lost, and flags of jobs change without one.
const SLOW_POLL_MS = 2_000;
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
  /** What comes next in the batch, at most `PAGE`; those at the same place share one reading. */
  read(place: Place): Promise<readonly Told[]>;
  /** Reading failed: report it, and have the job looked at again. */
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

interface Watched {
  sight: Sight | null;
  /** The row that was seen; empty before the first look. */
  version: string;
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
  const due = new Set<string>();
  const closing = new AbortController();
  let allStopped = (): void => undefined;
  let looks = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking = false;
  let polling = false;
  let timer: NodeJS.Timeout | undefined;

  function wake(...jobIds: string[]): void {
    for (const jobId of jobIds) if (watched.has(jobId)) due.add(jobId);
    schedule(LOOK_PAUSE_MS);
  }

  function schedule(pauseMs: number): void {
    if (timer !== undefined || looking || due.size === 0 || closing.signal.aborted) return;
    timer = setTimeout(() => void look(), Math.max(0, lookedAt + pauseMs - performance.now()));
  }

  async function look(): Promise<void> {
    timer = undefined;
    looking = true;
    lookedAt = performance.now();
    looks += 1;
    const number = looks;
    const jobIds = [...due].slice(0, JOBS_PER_LOOK);
    for (const jobId of jobIds) due.delete(jobId);
    let pauseMs = due.size > 0 ? 0 : LOOK_PAUSE_MS;
    try {
      const found = await lookAtJobs(db, jobIds);
      for (const jobId of jobIds) show(jobId, found.get(jobId), number);
    } catch (error) {
      onError(error as Error);
      for (const jobId of jobIds) if (watched.has(jobId)) due.add(jobId);
      pauseMs = RETRY_PAUSE_MS;
    }
    looking = false;
    schedule(pauseMs);
  }

  function show(jobId: string, glimpse: Glimpse | undefined, number: number): void {
    const entry = watched.get(jobId);
    if (!entry) return;
    if (glimpse) {
      const { job, snapshot, version } = glimpse;
      entry.sight = {
        text: JSON.stringify(job),
        round: job.round,
        finished: job.finished_at !== null,
        snapshot,
        look: number,
      };
      entry.version = version;
    }
    for (const tell of entry.watches) tell(glimpse ? 'look' : 'over');
  }

  async function poll(): Promise<void> {
    if (polling) return;
    polling = true;
    const known = new Map<string, string>();
    for (const [jobId, { version }] of watched) {
      if (version !== '' && !due.has(jobId)) known.set(jobId, version);
    }
    await findChangedJobs(db, known).then((changed) => wake(...changed), onError);
    polling = false;
  }

  const listener = listen({
    url: options.url,
    application: 'usher-stream-listener',
    channel: PROGRESS_CHANNEL,
    onMessage: (payload) => wake(...payload.split(',')),
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
      version: '',
      watches: new Set(),
      reading: new Map(),
    };
    watched.set(jobId, entry);
    // An older look may have seen less than the stream that this one goes on from.
    let after = looks;
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
    wake(jobId);
    return {
      jobId,
      next: () =>
        new Promise((resolve) => {
          waiting = resolve;
          tell('look');
        }),
      read(place) {
        const key = toEventId(jobId, place);
        const shared = entry.reading.get(key) ?? readPage(jobId, place);
        if (!entry.reading.has(key)) {
          entry.reading.set(key, shared);
          const forget = () => entry.reading.delete(key);
          shared.then(forget, forget);
        }
        return shared;
      },
      disturbed(error) {
        onError(error);
        after = looks;
        wake(jobId);
      },
      stop() {
        if (!entry.watches.delete(tell)) return;
        over = true;
        answer(null);
        if (entry.watches.size > 0) return;
        watched.delete(jobId);
        due.delete(jobId);
        if (watched.size === 0) allStopped();
      },
    };
  }

  return {
    watch,
    closing: closing.signal,
    async close() {
      closing.abort();
      clearTimeout(timer);
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
