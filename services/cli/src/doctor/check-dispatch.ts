import type { DispatchFacts } from '@usher/jobs';
import { ok, problem, warning, type Check } from './check.ts';

/** With a dispatcher at work what is due is sent within moments, unless there is a flood of it. */
const LATE_MS = 60_000;

/** Whether anything is done. */
export function checkDispatch({ workers, leader, due, oldestDueMs }: DispatchFacts): Check[] {
  if (workers === 0) {
    const found = `none is connected; ${due.toLocaleString('en')} tasks are due`;
    return [problem('workers', found, 'Start a worker: node services/worker/src/main.ts')];
  }
  const alive = ok('workers', `${workers} ${workers === 1 ? 'is' : 'are'} connected`);
  if (!leader) {
    const advice = 'Look again in 10 s; if it stays so, look at the logs of the workers';
    return [alive, problem('dispatcher', 'no worker holds its lock', advice)];
  }
  const who = `${leader.application}${leader.address === null ? '' : ` at ${leader.address}`}`;
  if (oldestDueMs === null) return [alive, ok('dispatcher', `${who} leads; nothing waits`)];
  const seconds = Math.round(oldestDueMs / 1_000);
  const waits = `${who} leads; ${due.toLocaleString('en')} tasks wait, the oldest for ${seconds} s`;
  if (oldestDueMs < LATE_MS) return [alive, ok('dispatcher', waits)];
  const advice = 'Start more workers, or look at the log of this one and at the queue';
  return [alive, warning('dispatcher', waits, advice)];
}
