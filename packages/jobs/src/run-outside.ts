import { randomUUID } from 'node:crypto';
import { classifyFailure, type Database, type Task } from '@usher/db';
import type { Transaction } from 'kysely';
import { failGate, openGate, returnProbe } from './dispatch/gates.ts';
import type { Engine } from './engine.ts';
import type { JobHead, NotYet, OutsideJobKind, OutsideKind, Verdict } from './kind.ts';
import { MAX_DEATHS, takeLease, withRenewal, type Lease } from './lease.ts';
import { withPatience } from './patience.ts';
import { recordCall } from './record-calls.ts';
import { recordResults } from './record-results.ts';
import { backoff } from './retry-policy.ts';
import { handBack, reschedule } from './return-task.ts';
import type { Run } from './run-task.ts';
import { takeTask } from './take-task.ts';

/** Of calls that are prepared together. */
const MOST = 64;
/** How long a task is tried that cannot even be prepared. */
const DAY_MS = 24 * 60 * 60_000;

/**
 * Run a task whose effect is outside: lease, prepare, call, record. The result is recorded as long as
 * the task still carries this lease, however late.
 */
export async function runOutside(
  engine: Engine,
  kind: OutsideKind | OutsideJobKind,
  found: Task,
  job: JobHead | null,
): Promise<Run> {
  let stopped: Verdict | undefined;
  const token = randomUUID();
  const lease = await withPatience(engine, 'lease', () =>
    takeLease(engine, found.id, {
      token,
      countAttempt: true,
      throughGate: true,
      onTakeOver: async (trx, task) => {
        stopped = await verdictOnTakeOver(kind, trx, task);
      },
    }),
  );
  return lease ? runLeased(engine, kind, lease, job, stopped) : { result: 'gone' };
}

/**
 * Run what is leased already.
 * @param stopped what it came to by being taken over; undefined: it is called.
 */
export async function runLeased(
  engine: Engine,
  kind: OutsideKind | OutsideJobKind,
  lease: Lease,
  job: JobHead | null,
  stopped?: Verdict,
): Promise<Run> {
  // Until its result is recorded: what waits for that with it may take long.
  return withRenewal(engine, lease, async (signal) => {
    const attempt: Attempt = stopped
      ? { verdict: stopped, called: false }
      : await callOnce(engine, kind, lease.task, signal);
    return endAttempt(engine, kind, lease.task, job, attempt);
  });
}

async function endAttempt(
  engine: Engine,
  kind: OutsideKind | OutsideJobKind,
  task: Task,
  job: JobHead | null,
  attempt: Attempt,
): Promise<Run> {
  const { verdict } = attempt;
  if (verdict.kind === 'notYet') {
    const back = { held: false, attempts: task.attempts - 1, delayMs: verdict.delayMs };
    await withPatience(engine, 'hand a task back', () => handBack(engine.db, task, back));
    if (task.gate !== null) await returnProbe(engine.db, task.id);
    engine.wake.notify(task.lane);
    return { result: 'not called' };
  }
  const recorded = await withPatience(engine, 'record a call', () =>
    recordVerdict(engine, kind, task, job, { ...attempt, verdict }),
  );
  return { result: recorded ? verdict.kind : 'lease lost', ...reasonOf(verdict) };
}

/** What came of a task, and whether the other side was asked at all. */
interface Attempt<V = Verdict | NotYet> {
  verdict: V;
  called: boolean;
}

const reasonOf = (verdict: Verdict) =>
  verdict.kind === 'done' ? {} : { code: verdict.code, reason: verdict.message };

/** A silent holder's call may have had its effect; the kind, and how often it happened, decide. */
async function verdictOnTakeOver(
  kind: OutsideKind,
  trx: Transaction<Database>,
  task: Task,
): Promise<Verdict | undefined> {
  if (task.deaths >= MAX_DEATHS && !kind.afterDeaths) {
    const message = `The worker stopped three times at this ${kind.name}`;
    return { kind: 'giveUp', code: 'internal_error', message, ambiguous: true };
  }
  const next = await kind.takeOver(trx, task);
  if (task.deaths >= MAX_DEATHS && kind.afterDeaths) return kind.afterDeaths(trx, task);
  if (next === 'tryAgain') return undefined;
  const message = 'An attempt ended without an answer';
  return { kind: 'giveUp', code: 'unanswered', message, ambiguous: true };
}

/** No call was made, and the reason is not this task's. */
const NOT_CALLED: Attempt = { verdict: { kind: 'notYet', delayMs: 0 }, called: false };

async function callOnce(
  engine: Engine,
  kind: OutsideKind,
  task: Task,
  signal: AbortSignal,
): Promise<Attempt> {
  const call = await prepareCall(engine, kind, task);
  if (!call) return NOT_CALLED;
  if (typeof call !== 'function') return { verdict: call, called: false };
  // Postgres kept us waiting for longer than the lease: somebody else may be at it.
  if (signal.aborted) return NOT_CALLED;
  await engine.failpoint('call:before', [task.id]);
  const verdict = await call(signal);
  await engine.failpoint('call:after', [task.id]);
  return { verdict, called: true };
}

/** What fails before the call had no effect: it is nobody's death, and nothing ambiguous. */
async function prepareCall(engine: Engine, kind: OutsideKind, task: Task) {
  try {
    return (
      (await prepareTogether(engine, kind, task)) ??
      (await withPatience(engine, 'prepare a call', () => kind.prepare(engine.db, task)))
    );
  } catch (error) {
    engine.logger.error({ error, task_id: task.id }, 'a call could not be prepared');
    if (engine.stopping.aborted || classifyFailure(error) !== 'counted') return undefined;
    const message = `This ${kind.name} could not be prepared`;
    const failure = { code: 'internal_error', message, ambiguous: false };
    return Date.now() - task.created_at.getTime() > DAY_MS
      ? ({ kind: 'giveUp', ...failure } as const)
      : ({
          kind: 'retryAt',
          delayMs: backoff(task.attempts, engine.retry.baseMs),
          ...failure,
        } as const);
  }
}

/** Undefined: it must be, or could not but be, prepared by itself. */
async function prepareTogether(engine: Engine, kind: OutsideKind, task: Task) {
  if (!kind.prepareAll) return undefined;
  try {
    const place = { class: `prepare ${kind.name}`, subject: task.id, most: MOST, oneAtATime: true };
    return await engine.companions.join(
      place,
      task,
      async (tasks: Task[]) => (await kind.prepareAll?.(engine.db, tasks)) ?? [],
    );
  } catch (error) {
    engine.logger.info({ error, task_id: task.id }, 'calls could not be prepared together');
    return undefined;
  }
}

/** Undefined: it must be, or could not but be, recorded by itself. */
async function recordTogether(
  engine: Engine,
  kind: OutsideKind,
  task: Task,
  { verdict, called }: Attempt<Verdict>,
): Promise<boolean | undefined> {
  if (!called || verdict.kind !== 'done') return undefined;
  try {
    return await recordCall(engine, kind, { task, verdict });
  } catch (error) {
    engine.logger.info({ error, task_id: task.id }, 'calls could not be recorded together');
    return undefined;
  }
}

async function recordVerdict(
  engine: Engine,
  kind: OutsideKind | OutsideJobKind,
  task: Task,
  job: JobHead | null,
  attempt: Attempt<Verdict>,
): Promise<boolean> {
  const { verdict, called } = attempt;
  const known = async (trx: Transaction<Database>) => {
    await tellGate(trx, task, verdict, called);
    await kind.record(trx, task, verdict);
  };
  if ('conclude' in kind && job && verdict.kind !== 'retryAt') {
    const conclude = async (trx: Transaction<Database>) => [
      await kind.conclude(trx, task, job, verdict),
    ];
    return (await recordResults(engine, kind, task, job, null, conclude, known)) !== undefined;
  }
  const alone = () =>
    engine.db.transaction().execute(async (trx) => {
      const mine =
        verdict.kind === 'retryAt'
          ? await reschedule(trx, task, { ...verdict, attempts: task.attempts })
          : await takeTask(trx, task, null);
      if (mine) await known(trx);
      return mine;
    });
  const recorded = (await recordTogether(engine, kind, task, attempt)) ?? (await alone());
  if (task.job_id !== null) engine.progress.notify(task.job_id);
  engine.wake.notify(task.lane);
  return recorded;
}

/** What this attempt says of the gate that it went through, for all who wait behind it. */
async function tellGate(
  trx: Transaction<Database>,
  task: Task,
  verdict: Verdict,
  called: boolean,
): Promise<void> {
  if (task.gate === null) return;
  const unserved = verdict.kind === 'done' ? undefined : verdict.unserved;
  if (unserved) return failGate(trx, task.gate, task.id, unserved);
  // Without an answer nobody can say that it serves.
  const answered = called && (verdict.kind === 'done' || !verdict.ambiguous);
  return answered ? openGate(trx, task.gate) : returnProbe(trx, task.id);
}
