import type { Database, Notifier } from '@usher/db';
import type { Logger } from '@usher/telemetry';
import type { Kysely } from 'kysely';
import type { Companions } from './companions.ts';
import type { Kind } from './kind.ts';
import type { Turnstile } from './turnstile.ts';

/** NOTIFY channels: progress of jobs, by id; and that there is something to dispatch. */
export const PROGRESS_CHANNEL = 'usher_progress';
export const DISPATCH_CHANNEL = 'usher_dispatch';
/** Said on the dispatch channel in place of a lane: flags of jobs have changed, sweep now. */
export const SWEEP = 'sweep';

export interface RetryPolicy {
  /** Milliseconds of the first backoff; everything else grows from it. */
  baseMs: number;
  /** How often a target is tried before it ends `internal_error`. */
  attempts: number;
}

/** Named moments at which a test may stop or end the process. */
export type FailpointName =
  | 'target:before-run'
  | 'record:before-commit'
  | 'record:after-commit'
  | 'lease:after-commit'
  | 'call:before'
  | 'call:after'
  | 'dispatch:after-mark';
export type Failpoint = (name: FailpointName, subjects: readonly string[]) => void | Promise<void>;

/** What running a task needs. One plain object, built at boot. */
export interface Engine {
  db: Kysely<Database>;
  kinds: Readonly<Record<string, Kind>>;
  logger: Logger;
  progress: Notifier;
  wake: Notifier;
  retry: RetryPolicy;
  turnstile: Turnstile;
  companions: Companions;
  /** Aborted when the process drains: stop being patient. */
  stopping: AbortSignal;
  failpoint: Failpoint;
}
