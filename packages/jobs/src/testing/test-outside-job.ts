import type { OutsideJobKind, Verdict } from '../kind.ts';
import { createTestCall, DONE, type TestCall } from './test-call.ts';
import { createTestKind } from './test-kind.ts';

export type TestOutsideJob = TestCall & OutsideJobKind & { concluded: string[]; followed: number };

/** A kind of job with its effect outside, whose every step a test decides. */
export function createTestOutsideJob(
  call: (targetId: string) => Promise<Verdict> = async () => DONE,
  ownsRows = false,
): TestOutsideJob {
  const test = createTestCall();
  const kind: TestOutsideJob = Object.assign(test, {
    name: 'outside-job',
    place: { lane: 'billing' as const, gate: 'outside' },
    concluded: [] as string[],
    followed: 0,
    describe: createTestKind().describe,
    ownsRows: () => ownsRows,
    accept: async () => undefined,
    preview: async () => [],
    settle: async () => undefined,
    reopen: async () => undefined,
    async follow() {
      kind.followed += 1;
      return [];
    },
    async conclude(...[, task, , verdict]: Parameters<OutsideJobKind['conclude']>) {
      const target = {
        position: task.positions[0] as number,
        targetId: task.target_ids[0] as string,
      };
      kind.concluded.push(target.targetId);
      return verdict.kind === 'done'
        ? { ...target, status: 'succeeded' as const, code: 'provisioned', message: verdict.note }
        : { ...target, status: 'failed' as const, code: verdict.code, message: verdict.message };
    },
  });
  kind.onPrepare = async (task) => () => call(task.target_ids[0] as string);
  return kind;
}
