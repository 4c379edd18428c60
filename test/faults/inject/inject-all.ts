import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../plan/plan.ts';
import type { TrialSystem } from '../servers/trial-system.ts';
import { injectFault, type Injected } from './inject-fault.ts';

const TRIES = 20;
const AGAIN_MS = 500;

/**
 * Inject the plan's faults, each at its time; resolves when the last is over. What happens to one
 * server happens one after the other.
 */
export async function injectAll(
  system: TrialSystem,
  note: (what: string) => void,
  signal: AbortSignal,
): Promise<Injected & { faults: number }> {
  const injected: Injected = { killedUnderLoad: 0 };
  const { faults, failpoints, mailFaults } = system.plan;
  const lastOf = new Map<string, Promise<void>>();
  const inject = async (fault: Fault): Promise<void> => {
    await delay(fault.at, undefined, { signal });
    let noted = false;
    // Tried again, it is the same fault.
    const noteOnce = (what: string) => {
      if (!noted) note(what);
      noted = true;
    };
    const server = fault.kind.startsWith('queue') ? 'queue' : 'Postgres';
    if (fault.kind.startsWith('queue') || fault.kind === 'postgres-crash') {
      const before = lastOf.get(server) ?? Promise.resolve();
      const mine = before
        .then(() => persist(() => injectFault(system, fault, noteOnce, injected)))
        .then(() => {
          if ('ms' in fault || 'downMs' in fault) note(`${server} is as before`);
        });
      lastOf.set(server, mine);
      return mine;
    }
    return injectFault(system, fault, note, injected);
  };
  await Promise.all(faults.map(inject));
  // Who dies at a failpoint dies in the middle of a task.
  const atFailpoints = [...system.fired.values()].filter((act) => act === 'kill').length;
  injected.killedUnderLoad += atFailpoints;
  return { ...injected, faults: faults.length + failpoints.length + mailFaults.length };
}

/** Another fault may be in the way of this one: a queue cannot be wiped while its server is down. */
async function persist(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === TRIES) throw error;
      await delay(AGAIN_MS);
    }
  }
}
