import type { Size, Workload } from './workload.ts';

/** Where a contestant runs: an empty database of its own, and a Redis that holds nothing. */
export interface Place {
  databaseUrl: string;
  redisUrl: string;
  /** Lines that its processes write. */
  onLine?: (line: string) => void;
}

/** A way of writing memberships and outcomes that takes part. */
export interface Contestant {
  name: string;
  /** How it was set, in a line. */
  about: string;
  /** How much of the work one round gives it: the slow are measured on less, as a rate. */
  share: 'whole' | 'part';
  /** Its work in another shape, of as many targets; as it was given unless it says so. */
  shape?(size: Size): Size;
  /** The contestant beside whose rate of the same round its own is set. */
  beside?: string;
  /** Start its processes; they are connected and idle when this resolves. */
  start(place: Place): Promise<Running>;
}

export interface Running {
  /** Process ids by what they do, for the count of CPU time. */
  processes: Readonly<Record<string, number>>;
  /** What this way has in place before anybody hands it work; off the clock. */
  prepare(workload: Workload): Promise<void>;
  /**
   * Hand the whole of the work over.
   * @returns the ids of the jobs that will be finished once all outcomes are recorded.
   */
  submit(workload: Workload): Promise<string[]>;
  /** Rejects when one of its processes ends before it was told to. */
  broken: Promise<never>;
  stop(): Promise<void>;
}
