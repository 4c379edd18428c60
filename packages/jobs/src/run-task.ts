import type { Message } from '@usher/queue';
import { logAttempt } from '@usher/telemetry';
import type { Engine } from './engine.ts';
import { takeLease, MAX_DEATHS } from './lease.ts';
import { withPatience } from './patience.ts';
import { handBack, splitTask } from './return-task.ts';
import { runOutside } from './run-outside.ts';
import { runTargets } from './run-targets.ts';
import { findTask, type FoundTask } from './take-task.ts';
import { cancelTargets, failTargets, recordResults } from './record-results.ts';

/** What a message came to, for the log: one line per attempt. */
export interface Run {
  result: string;
  succeeded?: number;
  failed?: number;
}

/**
 * Handle one message: find its task, decide how it may run, run it, record the result. A message for
 * a task that is gone, or that lives elsewhere, does nothing. Never throws: a task that could not be
 * recorded is still in the table, and is sent again.
 */
export async function runTask(engine: Engine, message: Message): Promise<void> {
  const began = performance.now();
  let found: FoundTask | undefined;
  const log = (run: Run, error?: unknown) =>
    logAttempt(engine.logger, {
      task_id: message.taskId,
      ...(found && {
        kind: found.task.kind,
        job_id: found.task.job_id,
        org_id: found.task.org_id,
        request_id: found.job?.request_id ?? null,
        targets: found.task.positions.length,
        attempt: found.task.attempts + 1,
      }),
      ...run,
      duration_ms: Math.round(performance.now() - began),
      ...(error === undefined ? {} : { error }),
    });
  try {
    found = await withPatience(engine, 'find a task', () => findTask(engine.db, message.taskId));
    if (!found) return engine.logger.debug({ task_id: message.taskId }, 'message without a task');
    const task = found;
    const suspect = message.redelivered || task.task.suspect;
    log(
      await (suspect ? engine.turnstile.alone : engine.turnstile.together)(() =>
        decide(engine, task, suspect),
      ),
    );
  } catch (error) {
    log({ result: 'left for later' }, error);
  }
}

async function decide(engine: Engine, found: FoundTask, suspect: boolean): Promise<Run> {
  const { task, job } = found;
  const kind = engine.kinds[task.kind];
  if (!kind) throw new Error(`no kind named ${task.kind}: is this worker older than its API?`);
  if (found.leaseLives) return { result: 'leased elsewhere' };
  if (kind.effect === 'outside') return runOutside(engine, kind, task);
  if (!job) throw new Error(`task ${task.id} of kind ${task.kind} belongs to no job`);

  const patiently = <T>(what: string, work: () => Promise<T>) => withPatience(engine, what, work);
  if (job.paused_at !== null && job.cancel_requested_at === null) {
    await patiently('hand a task back', () => handBack(engine.db, task, true));
    return { result: 'held' };
  }
  if (suspect && task.positions.length > 1) {
    const split = await patiently('split a suspect', () => splitTask(engine.db, task));
    engine.wake.notify(task.lane);
    return { result: split ? 'split' : 'gone' };
  }
  const lease =
    suspect || task.lease_token
      ? await patiently('lease', () => takeLease(engine, task.id, { countAttempt: false }))
      : { task };
  if (!lease) return { result: 'gone' };
  if (lease.task.deaths >= MAX_DEATHS || job.cancel_requested_at !== null) {
    const produce =
      job.cancel_requested_at === null
        ? failTargets('internal_error', 'The worker stopped three times at this target', true)
        : cancelTargets;
    const recorded = await patiently('record', () =>
      recordResults(engine, kind, lease.task, job, null, produce),
    );
    return recorded ? { result: 'recorded', ...recorded } : { result: 'gone' };
  }
  return runTargets(engine, kind, lease.task, job);
}
