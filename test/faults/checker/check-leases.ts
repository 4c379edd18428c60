import type { Findings } from './findings.ts';
import type { Facts, TaskChange } from './read-facts.ts';

/**
 * I4: a result is recorded only under the current lease. Whoever takes a leased task away, puts it
 * off, lets go of its lease or renews it is the process that took the lease; a lease is taken over only
 * once it has run out. And each outcome, and the end of each email and delivery, was committed
 * together with its task.
 */
export function checkLeases(facts: Facts, findings: Findings): void {
  for (const changes of Map.groupBy(facts.taskChanges, ({ id }) => id).values()) {
    followTask(changes, findings.report);
  }
  checkOutcomesTaken(facts, findings.report);
  checkSubjectsTaken(facts, findings.report);
}

function followTask(changes: readonly TaskChange[], report: Findings['report']): void {
  let holder = '';
  for (const { id, at, process, before, after } of changes) {
    const held = before?.token ?? null;
    const now = after?.token ?? null;
    if (held !== null && now !== null && held !== now) {
      if ((before?.leased_until ?? 0) > at) {
        report('I4', `task ${id}: ${process} took the living lease of ${holder}`);
      }
      holder = process;
    } else if (held === null) {
      if (now !== null) holder = process;
    } else if (process !== holder && !onlySentAgain(before, after)) {
      const did = after === null ? 'removed' : now === null ? 'let go of' : 'changed';
      report('I4', `task ${id} under the lease of ${holder} was ${did} by ${process}`);
    }
  }
}

/** What the dispatcher may do to anybody's task: call it unsent, sent, suspect, held, or due past its gate. */
function onlySentAgain(before: TaskChange['before'], after: TaskChange['after']): boolean {
  if (!before || !after) return false;
  const rest = (task: typeof before) =>
    JSON.stringify({ ...task, sent_at: null, suspect: null, held: null, due_at: null, gate: null });
  const keptGate = after.gate === before.gate || after.gate === null;
  return keptGate && rest(before) === rest(after);
}

function checkOutcomesTaken({ taskChanges, outcomes }: Facts, report: Findings['report']): void {
  const taken = new Set<string>();
  for (const { xid, before, after } of taskChanges) {
    if (!before?.job_id || before.subject_id) continue;
    const left = new Set(after?.positions);
    for (const position of before.positions) {
      if (!left.has(position)) taken.add(`${xid} ${before.job_id} ${before.round} ${position}`);
    }
  }
  for (const { xid, job_id, round, position } of outcomes) {
    if (!taken.has(`${xid} ${job_id} ${round} ${position}`)) {
      report('I4', `outcome ${position} of job ${job_id} was recorded without taking its task`);
    }
  }
}

/** The end of an email, and of a delivery, commits with the end of its task, and is final. */
function checkSubjectsTaken(
  { taskChanges, sendingChanges, deliveryChanges }: Facts,
  report: Findings['report'],
): void {
  const ended = new Set(
    taskChanges
      .filter(({ after }) => !after)
      .map(({ xid, before }) => `${xid} ${before?.subject_id}`),
  );
  const changes = [
    ...sendingChanges.map((change) => ({ ...change, of: 'sending' })),
    ...deliveryChanges.map((change) => ({ ...change, of: 'delivery' })),
  ];
  for (const { of, xid, id, before, after, process } of changes) {
    if (before?.state === after?.state) continue;
    if (!UNFINISHED.has(before?.state ?? '')) {
      report('I4', `${of} ${id} was ${before?.state} and became ${after?.state}`);
    } else if (!UNFINISHED.has(after?.state ?? '') && !ended.has(`${xid} ${id}`)) {
      report('I4', `${process} ended ${of} ${id} without taking its task`);
    }
  }
}

const UNFINISHED = new Set(['pending', 'retrying']);
