import { classifyFailure, violatedConstraint, type Task } from '@usher/db';
import { sql } from 'kysely';
import type { Engine } from './engine.ts';
import { insertTasks } from './insert-tasks.ts';
import type { DatabaseKind, JobHead } from './kind.ts';
import { withPatience } from './patience.ts';
import {
  failTargets,
  recordResults,
  targetIds,
  targetsOf,
  type Produce,
} from './record-results.ts';
import { MustBeApartError, recordTogether } from './record-together.ts';
import { backoff } from './retry-policy.ts';
import { reschedule } from './return-task.ts';
import type { Run } from './run-task.ts';
import { findTasks, takeTask } from './take-task.ts';
import { PARTS_LANE, taskOfOne } from './task-of-one.ts';

/** How often a task joins a group that others undo. */
const JOINS = 3;

/**
 * Run a task whose effect is in our own database: all targets at once; if that fails for a reason
 * that may lie in one of them, each by itself.
 * @returns undefined where its job was canceled, paused or fenced meanwhile: what is left of it was not begun.
 */
export async function runTargets(
  engine: Engine,
  kind: DatabaseKind,
  task: Task,
  job: JobHead,
): Promise<Run | undefined> {
  const run: Produce = async (trx, targets) => {
    await engine.failpoint('target:before-run', targetIds(targets));
    return kind.run(trx, { job, targets });
  };
  const shared = await runTogether(engine, kind, task, job);
  if (shared) return shared;
  const place = { owner: job.org_id, subject: task.id };
  return engine.companions.apart(place, async () => {
    const steered = task.lease_token === null && (await wasSteered(engine, task));
    return steered ? undefined : runApart(engine, kind, task, job, run);
  });
}

/** Its turn may have come long after the look that said it may run. */
async function wasSteered(engine: Engine, task: Task): Promise<boolean> {
  const [now] = await withPatience(engine, 'look again', () => findTasks(engine.db, [task.id]));
  const job = now?.job;
  return !!job && [job.paused_at, job.cancel_requested_at, job.fenced_at].some((at) => at !== null);
}

async function runApart(
  engine: Engine,
  kind: DatabaseKind,
  task: Task,
  job: JobHead,
  run: Produce,
): Promise<Run | undefined> {
  try {
    const recorded = await withPatience(engine, 'run a task', () =>
      recordResults(engine, kind, task, job, null, run),
    );
    return recorded ? { result: 'recorded', ...recorded } : { result: 'gone' };
  } catch (error) {
    if (isNotTheirs(engine, error)) throw error;
    engine.logger.warn({ error, task_id: task.id }, 'targets could not be handled together');
  }
  return runSeparately(engine, kind, task, job, run);
}

/** Undefined: this task must be, or could not but be, run by itself. */
async function runTogether(
  engine: Engine,
  kind: DatabaseKind,
  task: Task,
  job: JobHead,
): Promise<Run | undefined> {
  const found = task.lease_token === null ? kind.together?.placeOf(job) : undefined;
  if (!found) return undefined;
  // Large tasks go with large ones: a small job waits for none of them. Tasks of one job have no target in
  // common; where it owns rows, those it has in common.
  const kin = kind.ownsRows(job.input) ? undefined : job.id;
  const place = { ...found, class: `${found.class} ${task.lane}`, kin };
  for (let joins = 1; joins <= JOINS; joins += 1) {
    try {
      const recorded = await engine.companions.join(place, { task, job }, (entries) =>
        recordTogether(engine, kind, entries),
      );
      return recorded ? { result: 'recorded', ...recorded } : { result: 'gone' };
    } catch (error) {
      if (error instanceof MustBeApartError && !error.jobIds.has(job.id)) continue;
      engine.logger.info({ error, task_id: task.id }, 'tasks could not be recorded together');
      return undefined;
    }
  }
  return undefined;
}

/** Patience is over, but the database is at fault: no target is tried, or counted, for that. */
const isNotTheirs = (engine: Engine, error: unknown) =>
  engine.stopping.aborted || classifyFailure(error) !== 'counted';

async function runSeparately(
  engine: Engine,
  kind: DatabaseKind,
  task: Task,
  job: JobHead,
  run: Produce,
): Promise<Run | undefined> {
  const sum = { succeeded: 0, failed: 0, retrying: 0 };
  let stopped = false;
  for (const { position } of targetsOf(task, null)) {
    if (stopped && task.lease_token === null) return undefined;
    const record = async (produce: Produce) => {
      const recorded = await withPatience(engine, 'run a target', () =>
        recordResults(engine, kind, task, job, [position], produce),
      );
      stopped = recorded?.stopped ?? stopped;
      return recorded;
    };
    try {
      const recorded = await record(run);
      sum.succeeded += recorded?.succeeded ?? 0;
      sum.failed += recorded?.failed ?? 0;
    } catch (error) {
      if (isNotTheirs(engine, error)) throw error;
      const constraint = violatedConstraint(error);
      const known = constraint === undefined ? undefined : kind.explain(constraint, job);
      if (known) {
        await record(failTargets(known.code, known.message, false));
        sum.failed += 1;
      } else if (task.attempts + 1 >= engine.retry.attempts) {
        engine.logger.error({ error, task_id: task.id, position }, 'a target failed for good');
        await record(failTargets('internal_error', 'This target could not be handled', true));
        sum.failed += 1;
      } else {
        engine.logger.warn({ error, task_id: task.id, position }, 'a target failed: trying again');
        await withPatience(engine, 'retry a target', () =>
          retryTarget(engine, task, job, position),
        );
        sum.retrying += 1;
      }
    }
  }
  return { result: sum.retrying > 0 ? 'retrying' : 'recorded', ...sum };
}

/** The target leaves its task and becomes, or stays, a task of one with its own attempts and backoff. */
async function retryTarget(
  engine: Engine,
  task: Task,
  job: JobHead,
  position: number,
): Promise<void> {
  const next = {
    attempts: task.attempts + 1,
    delayMs: backoff(task.attempts + 1, engine.retry.baseMs),
    code: 'internal_error',
    message: 'A passing failure; it will be tried again',
  };
  await engine.db.transaction().execute(async (trx) => {
    if (task.positions.length === 1) return reschedule(trx, task, next);
    if (!(await takeTask(trx, task, [position]))) return false;
    await insertTasks(trx, [
      {
        ...taskOfOne(task, position),
        attempts: next.attempts,
        last_code: next.code,
        last_message: next.message,
        due_at: sql<Date>`now() + make_interval(secs => ${next.delayMs / 1_000})`,
      },
    ]);
    return true;
  });
  engine.progress.notify(job.id);
  engine.wake.notify(task.lane, PARTS_LANE);
}
