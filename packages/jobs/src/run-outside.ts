import type { Database, Task } from '@usher/db';
import type { Transaction } from 'kysely';
import type { Engine } from './engine.ts';
import type { OutsideKind, Verdict } from './kind.ts';
import { MAX_DEATHS, takeLease, withRenewal } from './lease.ts';
import { withPatience } from './patience.ts';
import { reschedule } from './return-task.ts';
import type { Run } from './run-task.ts';
import { takeTask } from './take-task.ts';

/**
 * Run a task whose effect is outside: lease, prepare, call, record. The result is recorded as long as
 * the task still carries this lease, however late.
 */
export async function runOutside(engine: Engine, kind: OutsideKind, found: Task): Promise<Run> {
  let stopped: Verdict | undefined;
  const lease = await withPatience(engine, 'lease', () =>
    takeLease(engine, found.id, {
      countAttempt: true,
      onTakeOver: async (trx, task) => {
        stopped = await verdictOnTakeOver(kind, trx, task);
      },
    }),
  );
  if (!lease) return { result: 'gone' };
  const { task } = lease;
  const verdict = stopped ?? (await callOnce(engine, kind, task));
  const recorded = await withPatience(engine, 'record a call', () =>
    recordVerdict(engine, kind, task, verdict),
  );
  return { result: recorded ? verdict.kind : 'lease lost' };
}

/** A silent holder's call may have had its effect; the kind, and how often it happened, decide. */
async function verdictOnTakeOver(
  kind: OutsideKind,
  trx: Transaction<Database>,
  task: Task,
): Promise<Verdict | undefined> {
  if (task.deaths >= MAX_DEATHS) {
    const message = `The worker stopped three times at this ${kind.name}`;
    return { kind: 'giveUp', code: 'internal_error', message, ambiguous: true };
  }
  if ((await kind.takeOver(trx, task)) === 'tryAgain') return undefined;
  const message = 'An attempt ended without an answer';
  return { kind: 'giveUp', code: 'unanswered', message, ambiguous: true };
}

function callOnce(engine: Engine, kind: OutsideKind, task: Task): Promise<Verdict> {
  return withRenewal(engine, task, async (signal) => {
    const call = await withPatience(engine, 'prepare a call', () => kind.prepare(engine.db, task));
    if (typeof call !== 'function') return call;
    await engine.failpoint('call:before', [task.id]);
    const verdict = await call(signal);
    await engine.failpoint('call:after', [task.id]);
    return verdict;
  });
}

async function recordVerdict(
  engine: Engine,
  kind: OutsideKind,
  task: Task,
  verdict: Verdict,
): Promise<boolean> {
  const recorded = await engine.db.transaction().execute(async (trx) => {
    const mine =
      verdict.kind === 'retryAt'
        ? await reschedule(trx, task, { ...verdict, attempts: task.attempts })
        : await takeTask(trx, task, null);
    if (mine) await kind.record(trx, task, verdict);
    return mine;
  });
  engine.wake.notify(task.lane);
  return recorded;
}
