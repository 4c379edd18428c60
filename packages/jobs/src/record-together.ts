import { sql, type Transaction } from 'kysely';
import { prepared, type Database, type Task } from '@usher/db';
import { WEBHOOK } from '@usher/events';
import type { Engine } from './engine.ts';
import type { DatabaseKind, JobHead } from './kind.ts';
import { publishResults } from './publish-results.ts';
import {
  assertEachOnce,
  FencedError,
  targetIds,
  targetsOf,
  type Recorded,
} from './record-results.ts';
import { insertAndCount, type Counted } from './write-outcomes.ts';

/** Each failure is told to each endpoint that asked for it: that takes a transaction of its own. */
class ManyToTellError extends Error {
  override name = 'ManyToTellError';
}

/** A task that is not leased, and its job, which owns no rows. */
export interface Companion {
  task: Task;
  job: JobHead;
}

/**
 * Record several tasks of different jobs in one transaction, step by step like one alone. It is all or
 * nothing: whatever stands in the way of one, a fence, a failure, much to tell, is thrown, and each is recorded
 * by itself.
 * @returns for each what was recorded; undefined where somebody else had taken the task.
 */
export async function recordTogether(
  engine: Engine,
  kind: DatabaseKind,
  companions: readonly Companion[],
): Promise<Array<Recorded | undefined>> {
  const { together } = kind;
  if (!together) throw new Error(`${kind.name} runs nothing together`);
  let published = false;
  const recorded = await engine.db.transaction().execute(async (trx) => {
    const taken = await takeTasks(trx, companions);
    const mine = companions.filter(({ task }) => taken.has(task.id));
    if (mine.length === 0) return new Map<string, Recorded>();
    const batches = mine.map(({ task, job }) => ({ job, targets: targetsOf(task, null) }));
    const all = batches.flatMap(({ targets }) => targetIds(targets));
    await engine.failpoint('target:before-run', all);
    const results = await together.run(trx, batches);
    const ended = mine.map(({ task, job }, at) => {
      assertEachOnce(kind, batches[at]?.targets ?? [], results[at] ?? []);
      return { task, job, attempts: task.attempts + 1, results: results[at] ?? [] };
    });
    const counted = await insertAndCount(trx, ended);
    if (counted.some((each) => each.fenced)) throw new FencedError();
    // One tenant's thousand deliveries are not written while others wait for their turn.
    if (counted.some((each) => each.failuresHeard)) throw new ManyToTellError();
    const told = ended.map((each, at) => ({ ...each, counted: counted[at] as Counted }));
    published = await publishResults(trx, kind, told);
    await engine.failpoint('record:before-commit', all);
    return new Map(
      counted.map(({ succeeded, failed, remaining }, at) => [
        mine[at]?.task.id as string,
        { succeeded, failed, finished: remaining === 0 },
      ]),
    );
  });
  await engine.failpoint('record:after-commit', [...recorded.keys()]);
  engine.progress.notify(...companions.map(({ job }) => job.id));
  engine.wake.notify(...companions.map(({ task }) => task.lane), ...(published ? [WEBHOOK] : []));
  return companions.map(({ task }) => recorded.get(task.id));
}

/** Step 1 for many: in the order of their ids, each as it was found, and under no lease. */
async function takeTasks(
  trx: Transaction<Database>,
  companions: readonly Companion[],
): Promise<Set<string>> {
  const tasks = companions.map(({ task }) => task);
  const { rows } = await sql<{ id: string }>`${prepared}
    with mine as materialized (
      select tasks.id from tasks
      join unnest(${tasks.map((task) => task.id)}::uuid[],
        ${tasks.map((task) => `{${task.positions.join(',')}}`)}::text[]) as found (id, positions)
        on found.id = tasks.id and found.positions::int[] = tasks.positions
      where tasks.lease_token is null
      order by tasks.id for update of tasks
    )
    delete from tasks using mine where tasks.id = mine.id returning tasks.id`.execute(trx);
  return new Set(rows.map((row) => row.id));
}
