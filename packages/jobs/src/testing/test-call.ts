import type { Task } from '@usher/db';
import type { Call, NotYet, OutsideKind, Verdict } from '../kind.ts';

export interface TestCall extends OutsideKind {
  onPrepare: (task: Task) => Promise<Call | Verdict | NotYet>;
  onTakeOver: 'tryAgain' | 'stop';
  /** What was recorded, in order. */
  recorded: Verdict[];
  takeovers: number;
  /** How many were prepared, and recorded, in each transaction that calls shared. */
  groups: { prepared: number[]; recorded: number[] };
}

export const DONE: Verdict = { kind: 'done', note: 'done' };

/**
 * A kind with its effect outside, whose every step a test decides.
 * @param call `together`: what comes together is prepared and recorded together.
 */
export function createTestCall(call: Call = async () => DONE, { together = false } = {}): TestCall {
  const kind: TestCall = {
    effect: 'outside',
    name: 'call',
    onPrepare: async () => call,
    onTakeOver: 'tryAgain',
    recorded: [],
    takeovers: 0,
    groups: { prepared: [], recorded: [] },
    prepare: (_, task) => kind.onPrepare(task),
    async takeOver() {
      kind.takeovers += 1;
      return kind.onTakeOver;
    },
    async record(_, __, verdict) {
      kind.recorded.push(verdict);
    },
    ...(together && {
      prepareAll: async (_, tasks) => {
        kind.groups.prepared.push(tasks.length);
        return Promise.all(tasks.map((task) => kind.onPrepare(task)));
      },
      recordAll: async (_, all) => {
        kind.groups.recorded.push(all.length);
        kind.recorded.push(...all.map(({ verdict }) => verdict));
      },
    }),
  };
  return kind;
}
