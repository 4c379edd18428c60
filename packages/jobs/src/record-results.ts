import type { Database, Task } from '@usher/db';
import type { Transaction } from 'kysely';
import { WEBHOOK } from '@usher/events';
import type { Engine } from './engine.ts';
import { insertTasks } from './insert-tasks.ts';
import type { JobHead, KindOfJob, Target, TargetResult } from './kind.ts';
import { publishResults } from './publish-results.ts';
import { takeTask } from './take-task.ts';
import { countOutcomes, insertAndCount, insertOutcomes } from './write-outcomes.ts';

/** How the results of these targets come to be; runs inside the recording transaction. */
export type Produce = (trx: Transaction<Database>, targets: Target[]) => Promise<TargetResult[]>;

export interface Recorded {
  succeeded: number;
  failed: number;
  finished: boolean;
  /** Nothing more of the job is begun. */
  stopped: boolean;
}

/** The client stopped waiting: nothing of this may take effect. */
export class FencedError extends Error {
  override name = 'FencedError';
}

/**
 * Do the work of some targets and record it, in one transaction of several statements, because each
 * needs a snapshot of its own: (1) the task is taken, (2, 3) effects and outcomes are written, (4) the
 * job row counts what was really inserted, (5) what follows is decided on what can be read only now.
 * @param positions null for all of the task's.
 * @param first what is recorded with the task whatever becomes of the results.
 * @returns undefined when somebody else had taken the task.
 */
export async function recordResults(
  engine: Engine,
  kind: KindOfJob,
  task: Task,
  job: JobHead,
  positions: readonly number[] | null,
  produce: Produce,
  first: (trx: Transaction<Database>) => Promise<void> = async () => undefined,
): Promise<Recorded | undefined> {
  const woken = new Set([task.lane]);
  const transact = (how: Produce, fence: 'heed' | 'ignore') =>
    engine.db.transaction().execute(async (trx) => {
      if (!(await takeTask(trx, task, positions))) return undefined;
      const targets = targetsOf(task, positions);
      await first(trx);
      const results = await how(trx, targets);
      assertEachOnce(kind, targets, results);
      // An outside call was counted by its lease; what was only canceled was not tried once more.
      const began =
        kind.effect === 'database' && results.some(({ status }) => status !== 'canceled');
      const attempts = task.attempts + (began ? 1 : 0);
      const ended = { task, attempts, results };
      // Rows of the kind's own are locked before the job's row, and counted on what was inserted.
      const inserted = kind.ownsRows(job.input) ? await insertOutcomes(trx, ended) : undefined;
      const settled = inserted && (await kind.settle(trx, [{ job, count: inserted.total }]))?.[0];
      const counted = inserted
        ? (await countOutcomes(trx, [{ ...inserted, jobId: job.id }]))[0]
        : await insertAndCount(trx, ended);
      if (!counted) throw new Error(`job ${job.id} of a task does not exist`);
      if (counted.fenced && fence === 'heed') throw new FencedError();
      if (inserted && (settled ?? counted.remaining === 0)) {
        const drafts = await kind.follow(trx, [job]);
        await insertTasks(trx, drafts);
        for (const { lane } of drafts) woken.add(lane);
      }
      if (await publishResults(trx, kind, [{ task, job, attempts, results, counted }]))
        woken.add(WEBHOOK);
      await engine.failpoint('record:before-commit', targetIds(targets));
      return {
        succeeded: counted.succeeded,
        failed: counted.failed,
        finished: counted.remaining === 0,
        stopped: counted.stopped,
      };
    });
  const recorded = await transact(produce, 'heed').catch((error: unknown) => {
    if (error instanceof FencedError) return transact(failFenced, 'ignore');
    throw error;
  });
  if (recorded) await engine.failpoint('record:after-commit', [task.id]);
  // Also where nothing was recorded now: an earlier try of ours may have been committed unseen.
  engine.progress.notify(job.id);
  engine.wake.notify(...woken);
  return recorded;
}

export const targetIds = (targets: readonly Target[]): string[] =>
  targets.map((target) => target.targetId);

export function targetsOf(task: Task, positions: readonly number[] | null): Target[] {
  const all = task.positions.map((position, index) => ({
    position,
    targetId: task.target_ids[index] as string,
  }));
  return positions === null ? all : all.filter((target) => positions.includes(target.position));
}

/** A target without a result would leave its job unfinished for ever. */
export function assertEachOnce(
  kind: KindOfJob,
  targets: readonly Target[],
  results: readonly TargetResult[],
): void {
  const answered = new Set(results.map((result) => result.position));
  const whole = targets.every((target) => answered.has(target.position));
  if (whole && answered.size === targets.length && results.length === targets.length) return;
  throw new Error(`${kind.name} answered ${results.length} results for ${targets.length} targets`);
}

const everyTarget =
  (result: Omit<TargetResult, keyof Target>): Produce =>
  async (_, targets) =>
    targets.map((target) => ({ ...target, ...result }));

/** Every target failed: what a worker records for a job whose client stopped waiting. */
export const failFenced = everyTarget({
  status: 'failed',
  code: 'upstream_unavailable',
  message: 'The request stopped waiting before this was done; nothing was changed',
  retryable: true,
});

/** Every target `canceled`: what a worker records for a job that was canceled meanwhile. */
export const cancelTargets = (task: Pick<Task, 'attempts'>): Produce =>
  everyTarget({
    status: 'canceled',
    code: 'canceled',
    message:
      task.attempts === 0
        ? 'The job was canceled before this target was reached'
        : 'The job was canceled before this target was tried again',
    retryable: true,
  });

/** Every target failed alike: one code, one message for the client. */
export const failTargets = (code: string, message: string, retryable: boolean): Produce =>
  everyTarget({ status: 'failed', code, message, retryable });
