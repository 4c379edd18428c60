import { sql, type Transaction } from 'kysely';
import { impatient, prepared, type Database, type Task } from '@usher/db';
import { WEBHOOK } from '@usher/events';
import type { Engine } from './engine.ts';
import { insertTasks } from './insert-tasks.ts';
import type { DatabaseKind, JobHead, TaskDraft } from './kind.ts';
import { publishResults } from './publish-results.ts';
import { targetIds, targetsOf, type Recorded } from './record-results.ts';
import { countOutcomes, makeOutcomes, type Counted } from './write-outcomes.ts';

/** These jobs must be recorded by themselves; the others of their group need not. */
export class MustBeApartError extends Error {
  override name = 'MustBeApartError';
  readonly jobIds: ReadonlySet<string>;

  constructor(jobIds: readonly string[]) {
    super('Some of them must be recorded by themselves');
    this.jobIds = new Set(jobIds);
  }
}

/** A task that is not leased, and its job. */
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
  const woken = new Set(companions.map(({ task }) => task.lane));
  const recorded = await engine.db.transaction().execute(async (trx) => {
    const taken = await takeTasks(trx, companions);
    const mine = companions.filter(({ task }) => taken.has(task.id));
    if (mine.length === 0) return new Map<string, Recorded>();
    const batches = mine.map(({ task, job }) => ({ job, targets: targetsOf(task, null) }));
    const all = batches.flatMap(({ targets }) => targetIds(targets));
    await engine.failpoint('target:before-run', all);
    const results = await together.run(trx, batches);
    const tried = mine.map(({ task, job }) => ({ task, job, attempts: task.attempts + 1 }));
    const made = await makeOutcomes(trx, tried, results);
    // A target without a result would leave its job unfinished for ever.
    if (made.some(({ total }, at) => total !== batches[at]?.targets.length)) {
      throw new Error(`${kind.name} answered not one result for each target`);
    }
    const settled = kind.ownsRows((mine[0] as Companion).job.input)
      ? await kind.settle(
          trx,
          made.map(({ total }, at) => ({ job: (mine[at] as Companion).job, count: total })),
        )
      : [];
    const counted = await countOutcomes(
      trx,
      made.map((counts, at) => ({ ...counts, jobId: mine[at]?.job.id as string })),
    );
    // Nothing of a fenced one may take effect. And each failure is told to each endpoint that asked for
    // it: one tenant's thousand deliveries are not written while others wait for their turn.
    const apart = counted.filter(({ fenced, failuresHeard }) => fenced || failuresHeard);
    if (apart.length > 0) throw new MustBeApartError(apart.map(({ jobId }) => jobId));
    const drafts = await follow(
      trx,
      kind,
      mine.filter((_, at) => (settled ? settled[at] : counted[at]?.remaining === 0)),
    );
    for (const { lane } of drafts) woken.add(lane);
    const told = tried.map((each, at) => ({
      ...each,
      results: [],
      counted: counted[at] as Counted,
    }));
    if (await publishResults(trx, kind, told)) woken.add(WEBHOOK);
    await engine.failpoint('record:before-commit', all);
    return new Map(
      counted.map(({ succeeded, failed, remaining, stopped }, at) => [
        mine[at]?.task.id as string,
        { succeeded, failed, finished: remaining === 0, stopped },
      ]),
    );
  });
  await engine.failpoint('record:after-commit', [...recorded.keys()]);
  engine.progress.notify(...companions.map(({ job }) => job.id));
  engine.wake.notify(...woken);
  return companions.map(({ task }) => recorded.get(task.id));
}

/** Step 5 for those whose rows say that something finished. */
async function follow(
  trx: Transaction<Database>,
  kind: DatabaseKind,
  finished: readonly Companion[],
): Promise<TaskDraft[]> {
  if (finished.length === 0) return [];
  const drafts = await kind.follow(
    trx,
    finished.map(({ job }) => job),
  );
  await insertTasks(trx, drafts);
  return drafts;
}

/**
 * Step 1 for many: in the order of their ids, each as it was found, and under no lease. From here on the
 * transaction is impatient.
 */
async function takeTasks(
  trx: Transaction<Database>,
  companions: readonly Companion[],
): Promise<Set<string>> {
  const tasks = companions.map(({ task }) => task);
  const { rows } = await sql<{ id: string }>`${prepared}
    with ${impatient}, locked as materialized (
      select tasks.id, positions, lease_token from impatient cross join tasks
      where tasks.id = any (${tasks.map((task) => task.id)}::uuid[])
      order by tasks.id for update of tasks
    )
    delete from tasks where id = any (array(
      select id from locked
      join unnest(${tasks.map((task) => task.id)}::uuid[],
        ${tasks.map((task) => `{${task.positions.join(',')}}`)}::text[]) as found (id, positions)
        using (id)
      where found.positions::int[] = locked.positions and lease_token is null))
    returning id`.execute(trx);
  return new Set(rows.map((row) => row.id));
}
