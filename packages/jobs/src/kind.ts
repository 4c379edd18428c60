import type { Database, Job, Task } from '@usher/db';
import type { Lane } from '@usher/queue';
import type { Kysely, RawBuilder, Transaction } from 'kysely';
import type { ResultRows } from './result-rows.ts';

/** The final word on one target. */
export interface TargetResult {
  position: number;
  targetId: string;
  status: 'succeeded' | 'failed' | 'canceled';
  code: string;
  /** For the client: nothing internal in it. */
  message: string;
  /** Whether a redrive may help. */
  retryable?: boolean;
  detail?: Record<string, string>;
}

export interface Target {
  position: number;
  targetId: string;
}

/** What a kind sees of its job: the row without its targets. */
export type JobHead = Omit<Job, 'target_ids' | 'acknowledged' | 'failed_before'>;

export interface Batch {
  job: JobHead;
  targets: Target[];
}

export interface TaskDraft {
  id: string;
  org_id: string;
  kind: string;
  lane: string;
  job_id: string | null;
  subject_id: string;
}

/** What every kind of job has, wherever its effect is. */
interface KindRows {
  name: string;
  /** How this job's targets are named to clients: the field of their id, and the recipient if one. */
  describe(job: JobHead): {
    idField: 'website_id' | 'group_id' | 'organization_id';
    email?: string;
  };
  /**
   * Whether a job with this input has rows of the kind's own beside its effects, which `accept` makes,
   * `settle` counts and `follow` reads. Where not, none of the three is called.
   */
  ownsRows(input: object): boolean;
  /** Rows that belong to jobs from their first moment. */
  accept(trx: Transaction<Database>, jobs: readonly JobHead[]): Promise<void>;
  /**
   * Count what was recorded in rows of its own. Answers whether that finished something of each job;
   * undefined: it counts nothing, and only the jobs' own ends do.
   */
  settle(
    trx: Transaction<Database>,
    recorded: ReadonlyArray<{ job: JobHead; count: number }>,
  ): Promise<boolean[] | undefined>;
  /**
   * The job begins another round with so many of its targets: rows of its own count them anew, and an
   * email that nobody has been handed is withdrawn, since the round's end decides on it. Locks tasks
   * first, then rows of its own.
   * @throws {PublicError} `state_conflict` while the email is being handed over.
   */
  reopen(trx: Transaction<Database>, job: JobHead, count: number): Promise<void>;
  /** Something of each of these finished: decide what follows, reading only now. */
  follow(trx: Transaction<Database>, jobs: readonly JobHead[]): Promise<TaskDraft[]>;
}

/**
 * A kind of job whose effect is in our own database. All of it runs inside the engine's transactions,
 * in this order: `run`, (outcomes are inserted), `settle`, (the job row is counted), `follow`.
 * Locks are taken in the engine's order: users by email, domain rows by target, invitations by id.
 */
export interface DatabaseKind extends KindRows {
  effect: 'database';
  /** How many targets' work one of this job's targets is; 1 unless given. */
  weigh?(input: object): number;
  /** Do it for all these targets, set by set; one result for each target, in any order. */
  run(trx: Transaction<Database>, batch: Batch): Promise<TargetResult[]>;
  /**
   * Jobs that may be run together in one transaction: those of one class, and no two of one subject;
   * all of a class own rows, or none does. The effects may be left to the statement that reads the
   * results; whatever fails, fails for all of them, and each is run by itself.
   */
  together?: {
    /** Undefined: this one runs by itself. */
    placeOf(job: JobHead): { class: string; subject: string } | undefined;
    run(trx: Transaction<Database>, batches: readonly Batch[]): Promise<ResultRows>;
  };
  /** What a violated constraint means for a target that was run alone; undefined: nothing known. */
  explain(constraint: string, job: JobHead): { code: string; message: string } | undefined;
}

/** The other side could not serve: a failure of its gate, which may ask to be left alone for a time. */
interface Unserved {
  retryAfterMs?: number | undefined;
  /** How long the gate closes at the fifth failure in a row, and then twice as long each time. */
  closeMs?: number | undefined;
}

/** What a call came to beside its verdict, for `record`. */
type Detail = Readonly<Record<string, string>>;

/** What came of a call outside. `ambiguous`: it may have had its effect without our knowing. */
export type Verdict =
  | { kind: 'done'; note: string; detail?: Detail }
  | {
      kind: 'retryAt';
      delayMs: number;
      code: string;
      message: string;
      ambiguous: boolean;
      unserved?: Unserved;
      detail?: Detail;
      /** Those behind it wait: its gate, of one at a time, closes until then, and it stays the first. */
      keepsPlace?: boolean;
    }
  | {
      kind: 'giveUp';
      code: string;
      message: string;
      ambiguous: boolean;
      unserved?: Unserved;
      detail?: Detail;
    };

/** Nobody was asked, and not for a fault of this task's: look again then, and count no attempt. */
export interface NotYet {
  kind: 'notYet';
  delayMs: number;
}

/** A call that is ready to be made. Aborts with the signal; never throws for the other side's faults. */
export type Call = (signal: AbortSignal) => Promise<Verdict | NotYet>;

/** A call that ended well. */
export interface Done {
  task: Task;
  verdict: Extract<Verdict, { kind: 'done' }>;
}

/** A kind of task whose effect is outside Postgres: leased before the call, recorded after it. */
export interface OutsideKind {
  effect: 'outside';
  name: string;
  /** Read what the call needs. A verdict instead: there is nothing to call for. */
  prepare(db: Kysely<Database>, task: Task): Promise<Call | Verdict | NotYet>;
  /**
   * The same for tasks that come together, in their order. Whatever fails, fails for all of them, and
   * each is prepared by itself.
   */
  prepareAll?(
    db: Kysely<Database>,
    tasks: readonly Task[],
  ): Promise<Array<Call | Verdict | NotYet>>;
  /** An earlier attempt may have had its effect: record that, and say whether to try once more. */
  takeOver(trx: Transaction<Database>, task: Task): Promise<'tryAgain' | 'stop'>;
  /**
   * For a kind whose calls cannot harm their process: what three deaths come to. Such a task is nobody's
   * suspect, and runs beside others even when its lease ran out. Without it, it gives up.
   */
  afterDeaths?(trx: Transaction<Database>, task: Task): Promise<Verdict>;
  /** What is known outside by now, in the transaction that ends or reschedules the task. */
  record(trx: Transaction<Database>, task: Task, verdict: Verdict): Promise<void>;
  /**
   * The same for calls that ended well together. Whatever stands in the way of one is thrown, and each
   * is recorded by itself.
   */
  recordAll?(trx: Transaction<Database>, all: readonly Done[]): Promise<void>;
  /**
   * The same where one statement can do it: common table expressions that write down what is known of
   * those calls whose tasks are in `taken (id uuid)`.
   */
  recording?(all: readonly Done[]): RawBuilder<unknown>;
}

/** A kind of job whose effect is outside: its tasks have one target each from the start. */
export interface OutsideJobKind extends OutsideKind, KindRows {
  /** Where its tasks wait. */
  place: { lane: Lane; gate: string };
  /** The result that each target would have, as far as can be told without asking anybody outside. */
  preview(trx: Transaction<Database>, batch: Batch): Promise<TargetResult[]>;
  /**
   * The target's result, with its effect in our own database, after `record` and in the same
   * transaction. Not called for a job that is fenced: its target failed, and nothing changes.
   */
  conclude(
    trx: Transaction<Database>,
    task: Task,
    job: JobHead,
    verdict: Exclude<Verdict, { kind: 'retryAt' }>,
  ): Promise<TargetResult>;
}

/** What can be submitted. */
export type KindOfJob = DatabaseKind | OutsideJobKind;

export type Kind = KindOfJob | OutsideKind;
