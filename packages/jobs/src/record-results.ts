import { prepared, type Database, type Task } from '@usher/db';
import { sql, type RawBuilder, type Transaction } from 'kysely';
import type { Engine } from './engine.ts';
import { insertTasks } from './insert-tasks.ts';
import type { DatabaseKind, JobHead, Target, TargetResult } from './kind.ts';
import { takeTask } from './take-task.ts';

/** How the results of these targets come to be; runs inside the recording transaction. */
export type Produce = (trx: Transaction<Database>, targets: Target[]) => Promise<TargetResult[]>;

export interface Recorded {
  succeeded: number;
  failed: number;
  finished: boolean;
}

interface Counts {
  total: number;
  succeeded: number;
  failed: number;
  canceled: number;
}

class FencedError extends Error {
  override name = 'FencedError';
}

/**
 * Do the work of some targets and record it, in one transaction of several statements, because each
 * needs a snapshot of its own: (1) the task is taken, (2, 3) effects and outcomes are written, (4) the
 * job row counts what was really inserted, (5) what follows is decided on what can be read only now.
 * @param positions null for all of the task's.
 * @returns undefined when somebody else had taken the task.
 */
export async function recordResults(
  engine: Engine,
  kind: DatabaseKind,
  task: Task,
  job: JobHead,
  positions: readonly number[] | null,
  produce: Produce,
): Promise<Recorded | undefined> {
  const woken = new Set([task.lane]);
  const transact = (how: Produce, fence: 'heed' | 'ignore') =>
    engine.db.transaction().execute(async (trx) => {
      if (!(await takeTask(trx, task, positions))) return undefined;
      const targets = targetsOf(task, positions);
      const results = await how(trx, targets);
      assertEachOnce(kind, targets, results);
      const outcomes = insertOutcomes(task, results);
      // Rows of the kind's own are locked before the job's row, and counted on what was inserted.
      const inserted = kind.ownsRows(job.input) ? await readCounts(trx, outcomes) : undefined;
      const settled = inserted && (await kind.settle(trx, job, inserted.total));
      const { remaining, fenced_at, ...counts } = await countOutcomes(
        trx,
        job.id,
        inserted ?? outcomes,
      );
      if (fenced_at !== null && fence === 'heed') throw new FencedError();
      if (settled) {
        const drafts = await kind.follow(trx, job);
        await insertTasks(trx, drafts);
        for (const { lane } of drafts) woken.add(lane);
      }
      await engine.failpoint('record:before-commit', targetIds(targets));
      return { ...counts, finished: remaining === 0 };
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
function assertEachOnce(
  kind: DatabaseKind,
  targets: readonly Target[],
  results: readonly TargetResult[],
): void {
  const answered = new Set(results.map((result) => result.position));
  const whole = targets.every((target) => answered.has(target.position));
  if (whole && answered.size === targets.length && results.length === targets.length) return;
  throw new Error(`${kind.name} answered ${results.length} results for ${targets.length} targets`);
}

/** Two common table expressions; of `inserted`, the statuses of the outcomes that are new. */
function insertOutcomes(task: Task, results: readonly TargetResult[]): RawBuilder<unknown> {
  // Most targets end alike: what they share travels once.
  const shared = [...Map.groupBy(results, sharedBy).values()];
  const of = <T>(read: (result: TargetResult) => T) =>
    shared.map((group) => read(group[0] as TargetResult));
  const each = shared.flatMap((group, index) => group.map((result) => ({ result, index })));
  return sql`
    ended as (
      select status, code, message, retryable, detail, index
      from unnest(
        ${of((result) => result.status)}::text[],
        ${of((result) => result.code)}::text[],
        ${of((result) => result.message)}::text[],
        ${of((result) => result.retryable ?? false)}::bool[],
        ${of((result) => (result.detail ? JSON.stringify(result.detail) : null))}::jsonb[]
      ) with ordinality as ended (status, code, message, retryable, detail, index)
    ), inserted as (
      insert into outcomes
        (job_id, round, position, org_id, target_id, status, code, message, retryable, attempts, detail)
      select ${task.job_id}::uuid, ${task.round}::int, position, ${task.org_id}::uuid, target_id, status,
        code, message, retryable, ${task.attempts + 1}::int, detail
      from unnest(
        ${each.map(({ result }) => result.position)}::int[],
        ${each.map(({ result }) => result.targetId)}::uuid[],
        ${each.map(({ index }) => index + 1)}::int[]
      ) as target (position, target_id, index) join ended using (index)
      on conflict do nothing
      returning status
    )`;
}

const countInserted = sql`
  select count(*)::int as total,
    count(*) filter (where status = 'succeeded')::int as succeeded,
    count(*) filter (where status = 'failed')::int as failed,
    count(*) filter (where status = 'canceled')::int as canceled
  from inserted`;

async function readCounts(
  trx: Transaction<Database>,
  outcomes: RawBuilder<unknown>,
): Promise<Counts> {
  const { rows } = await sql<Counts>`${prepared} with ${outcomes} ${countInserted}`.execute(trx);
  return rows[0] as Counts;
}

const sharedBy = ({ status, code, message, retryable, detail }: TargetResult) =>
  JSON.stringify([status, code, message, retryable, detail]);

/**
 * Step 4: the job row, last of all locks. Reaching its failure limit cancels the job here.
 * @param outcomes what was inserted, or what to insert in this very statement.
 */
async function countOutcomes(
  trx: Transaction<Database>,
  jobId: string,
  outcomes: Counts | RawBuilder<unknown>,
): Promise<Counts & { remaining: number; fenced_at: Date | null }> {
  const counted =
    'total' in outcomes
      ? sql`counted as (select ${outcomes.total}::int as total, ${outcomes.succeeded}::int as succeeded,
          ${outcomes.failed}::int as failed, ${outcomes.canceled}::int as canceled)`
      : sql`${outcomes}, counted as (${countInserted})`;
  const { rows } = await sql<Counts & { remaining: number; fenced_at: Date | null }>`${prepared}
    with ${counted}
    update jobs set
      remaining = jobs.remaining - counted.total,
      succeeded = jobs.succeeded + counted.succeeded,
      failed = jobs.failed + counted.failed,
      canceled = jobs.canceled + counted.canceled,
      started_at = coalesce(started_at, now()),
      finished_at = case when jobs.remaining = counted.total
        then coalesce(finished_at, clock_timestamp()) end,
      cancel_requested_at = case
        when jobs.failed + counted.failed >= failure_limit and jobs.remaining > counted.total
        then coalesce(cancel_requested_at, now()) else cancel_requested_at end
    from counted
    where jobs.id = ${jobId}
    returning jobs.remaining, jobs.fenced_at, counted.total, counted.succeeded, counted.failed,
      counted.canceled`.execute(trx);
  const row = rows[0];
  if (!row) throw new Error(`job ${jobId} of a task does not exist`);
  return row;
}

const everyTarget =
  (result: Omit<TargetResult, keyof Target>): Produce =>
  async (_, targets) =>
    targets.map((target) => ({ ...target, ...result }));

const failFenced = everyTarget({
  status: 'failed',
  code: 'upstream_unavailable',
  message: 'The request stopped waiting before this was done; nothing was changed',
  retryable: true,
});

/** Every target `canceled`: what a worker records for a job that was canceled meanwhile. */
export const cancelTargets = everyTarget({
  status: 'canceled',
  code: 'canceled',
  message: 'The job was canceled before this target was reached',
  retryable: true,
});

/** Every target failed alike: one code, one message for the client. */
export const failTargets = (code: string, message: string, retryable: boolean): Produce =>
  everyTarget({ status: 'failed', code, message, retryable });
