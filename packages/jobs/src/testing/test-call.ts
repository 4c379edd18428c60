import type { Task } from '@usher/db';
import type { Call, NotYet, OutsideKind, Verdict } from '../kind.ts';

export interface TestCall extends OutsideKind {
  onPrepare: (task: Task) => Promise<Call | Verdict | NotYet>;
  onTakeOver: 'tryAgain' | 'stop';
  /** What was recorded, in order. */
  recorded: Verdict[];
  takeovers: number;
}

export const DONE: Verdict = { kind: 'done', note: 'done' };

/** A kind with its effect outside, whose every step a test decides. */
export function createTestCall(call: Call = async () => DONE): TestCall {
  const kind: TestCall = {
    effect: 'outside',
    name: 'call',
    onPrepare: async () => call,
    onTakeOver: 'tryAgain',
    recorded: [],
    takeovers: 0,
    prepare: (_, task) => kind.onPrepare(task),
    async takeOver() {
      kind.takeovers += 1;
      return kind.onTakeOver;
    },
    async record(_, __, verdict) {
      kind.recorded.push(verdict);
    },
  };
  return kind;
}
