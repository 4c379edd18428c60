import type { ProcessName } from '../plan/plan.ts';
import type { TrialSystem } from './trial-system.ts';

/** What a worker's n-th start is told of failpoints: its own, until all is healed, and poison, for ever. */
export function workerFailpoints(
  { plan, tenants, disarmFile }: Pick<TrialSystem, 'plan' | 'tenants' | 'disarmFile'>,
  worker: ProcessName,
  start: number,
): Record<string, string> {
  const points: Record<string, unknown[]> = {};
  for (const { name, nth, act, ms, ...planned } of plan.failpoints) {
    if (planned.worker !== worker || planned.start !== start) continue;
    points[name] = [...(points[name] ?? []), { nth, act, ms }];
  }
  const poison = plan.poison.map((index) => tenants[0].websiteIds[index] as string);
  if (poison.length > 0) {
    points['target:before-run'] = [...(points['target:before-run'] ?? []), ...poison];
  }
  return { TEST_FAILPOINTS: JSON.stringify(points), TEST_FAILPOINTS_UNTIL: disarmFile };
}

/** How many failpoints wait to be passed by a worker as it runs now. */
export const pendingFailpoints = ({ plan, processes, fired }: TrialSystem): number =>
  plan.failpoints.filter(
    ({ worker, start }) =>
      processes.get(worker)?.starts === start && !fired.has(`${worker} ${start}`),
  ).length;
