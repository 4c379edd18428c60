import { randomUUID } from 'node:crypto';
import type { Task } from '@usher/db';
import type { Message } from '@usher/queue';
import { logAttempt } from '@usher/telemetry';
import { returnProbe } from './dispatch/gates.ts';
import type { Engine } from './engine.ts';
import type { JobHead, Kind, OutsideKind } from './kind.ts';
import { leaseFirst } from './lease-first.ts';
import { MAX_DEATHS, takeLease, withRenewal } from './lease.ts';
import { withPatience } from './patience.ts';
import { handBack, splitTask } from './return-task.ts';
import { runLeased, runOutside } from './run-outside.ts';
import { runTargets } from './run-targets.ts';
import { PARTS_LANE } from './task-of-one.ts';
import { findTasks, type FoundTask } from './take-task.ts';
import {
  cancelTargets,
  failFenced,
  failTargets,
  recordResults,
  type Produce,
} from './record-results.ts';

/** What a message came to, for the log: one line per attempt. */
export interface Run {
  result: string;
  succeeded?: number;
  failed?: number;
  /** Why a call outside did not end well. */
  code?: string;
  reason?: string;
}

const NO_TASK: Run = { result: 'gone' };
const LATER_MS = 5_000;

/**
 * Handle one message: find its task, decide how it may run, run it, record the result. A message for
 * a task that is gone, or that lives elsewhere, does nothing. Never throws: a task that could not be
 * recorded is still in the table, and is sent again.
 * @param how `leaseFirst`: it most likely is a call outside, which is leased without a look.
 */
export async function runTask(
  engine: Engine,
  message: Message,
  how: { leaseFirst?: boolean } = {},
): Promise<void> {
  const began = performance.now();
  let found: FoundTask | undefined;
  let leased = false;
  const look = () => withPatience(engine, 'find a task', () => find(engine, message.taskId));
  const log = (run: Run, error?: unknown) =>
    logAttempt(engine.logger, {
      task_id: message.taskId,
      ...(found && {
        kind: found.task.kind,
        job_id: found.task.job_id,
        org_id: found.task.org_id,
        request_id: found.job?.request_id ?? null,
        targets: found.task.positions.length,
        attempt: found.task.attempts + (leased ? 0 : 1),
      }),
      ...run,
      duration_ms: Math.round(performance.now() - began),
      ...(error === undefined ? {} : { error }),
    });
  try {
    let run = await engine.turnstile.together(async () => {
      const lease = how.leaseFirst ? await leaseFirst(engine, message.taskId) : undefined;
      if (lease) {
        found = { task: lease.task, job: null, leaseLives: false };
        leased = true;
        return runLeased(engine, outsideKindOf(engine, lease.task), lease, null);
      }
      found = await look();
      if (!found) return NO_TASK;
      if (!isSuspect(engine, found, message)) return decide(engine, found, false);
      // It was silent because it waits its turn here: nothing is wrong with it, and nobody stops for it.
      return engine.companions.isApart(message.taskId) ? { result: 'in hand' } : undefined;
    });
    run ??= await engine.turnstile.alone(async () => {
      // What was seen before the wait at the turnstile may have passed.
      found = await look();
      return found ? decide(engine, found, true) : NO_TASK;
    });
    if (run === NO_TASK) engine.logger.debug({ task_id: message.taskId }, 'message without a task');
    else log(run);
  } catch (error) {
    log({ result: 'left for later' }, error);
    await leaveForLater(engine, found);
  }
}

/** Messages that arrive while others look share the next look. */
function find({ db, companions }: Engine, taskId: string): Promise<FoundTask | undefined> {
  const place = { class: 'message', subject: taskId };
  return companions.join(place, taskId, (ids: string[]) => findTasks(db, ids));
}

/**
 * What could not be run or recorded waits a moment, instead of for the sweep to miss it. A leased task
 * stays as it is: its call may have had its effect.
 */
async function leaveForLater(engine: Engine, found: FoundTask | undefined): Promise<void> {
  if (!found || engine.stopping.aborted) return;
  const { task } = found;
  try {
    const back = { held: false, attempts: task.attempts, delayMs: LATER_MS };
    if (task.lease_token === null) await handBack(engine.db, task, back);
  } catch (error) {
    engine.logger.warn({ error, task_id: task.id }, 'a task could not be handed back');
  }
}

/**
 * A task that may have ended a process. One with its effect outside is leased from the first, so only
 * a lease that ran out speaks against it: many wait in the queue while a server is slow.
 */
function isSuspect(engine: Engine, { task, leaseLives }: FoundTask, message: Message): boolean {
  if (leaseLives) return false;
  const kind = kindOf(engine, task);
  if (kind.effect === 'outside' && kind.afterDeaths) return false;
  if (task.lease_token !== null) return true;
  return kind.effect === 'database' && (message.redelivered || task.suspect);
}

function kindOf(engine: Engine, task: Task): Kind {
  const kind = engine.kinds[task.kind];
  if (!kind) throw new Error(`no kind named ${task.kind}: is this worker older than its API?`);
  return kind;
}

function outsideKindOf(engine: Engine, task: Task): OutsideKind {
  const kind = kindOf(engine, task);
  if (kind.effect !== 'outside') throw new Error(`${kind.name} is leased as if it were outside`);
  return kind;
}

async function decide(engine: Engine, found: FoundTask, suspect: boolean): Promise<Run> {
  const { task, job } = found;
  const kind = kindOf(engine, task);
  if (found.leaseLives) return { result: 'leased elsewhere' };
  if (kind.effect === 'outside' && !('conclude' in kind)) {
    return runOutside(engine, kind, task, null);
  }
  if (!job) throw new Error(`task ${task.id} of kind ${task.kind} belongs to no job`);

  const patiently = <T>(what: string, work: () => Promise<T>) => withPatience(engine, what, work);
  const stopped = stopOf(job, task);
  if (job.paused_at !== null && !stopped) {
    await patiently('hand a task back', () =>
      handBack(engine.db, task, { held: true, attempts: task.attempts }),
    );
    await passTurn(engine, task);
    return { result: 'held' };
  }
  if (kind.effect === 'outside' && !stopped) return runOutside(engine, kind, task, job);
  const token = randomUUID();
  const lease =
    suspect || task.lease_token
      ? await patiently('lease', () => takeLease(engine, task.id, { token, countAttempt: false }))
      : { task, since: undefined };
  if (!lease) return { result: 'gone' };
  // Alone, and it ended its process all the same: one of its targets did.
  if (lease.task.deaths > 0 && task.positions.length > 1 && !stopped) {
    const split = await patiently('split a suspect', () => splitTask(engine.db, lease.task));
    engine.wake.notify(task.lane, PARTS_LANE);
    return { result: split ? 'split' : 'gone' };
  }
  if (stopped || lease.task.deaths >= MAX_DEATHS || kind.effect === 'outside') {
    const recorded = await patiently('record', () =>
      recordResults(engine, kind, lease.task, job, null, stopped ?? failDeadly),
    );
    await passTurn(engine, task);
    return recorded ? { result: 'recorded', ...recorded } : { result: 'gone' };
  }
  const run = () => runTargets(engine, kind, lease.task, job);
  const ran = await (lease.since === undefined ? run() : withRenewal(engine, lease, run));
  if (ran) return ran;
  const again = await patiently('look again', () => findTasks(engine.db, [task.id]));
  return again[0] ? decide(engine, again[0], suspect) : NO_TASK;
}

/** It makes no call: should it have been its gate's probe, the turn is another's. */
async function passTurn(engine: Engine, task: Task): Promise<void> {
  if (task.gate === null) return;
  await withPatience(engine, 'return a probe', () => returnProbe(engine.db, task.id));
}

const failDeadly = failTargets(
  'internal_error',
  'The worker stopped three times at this target',
  true,
);

/** How the targets of a job end that nobody waits for any more; undefined: they run. */
function stopOf(job: JobHead, task: Task): Produce | undefined {
  if (job.cancel_requested_at !== null) return cancelTargets(task);
  return job.fenced_at === null ? undefined : failFenced;
}
