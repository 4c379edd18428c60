import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Violation } from '../checker/evidence.ts';
import type { TrialSystem } from '../servers/trial-system.ts';

const LONGEST_MS = 90_000;

/**
 * End every fault: traps, failpoints, the moods of the mail server, the billing provider and the receivers;
 * then wait until all processes are up, and none stands still. With poison about, processes go on dying: soon is up enough.
 * @returns processes that did not come up in time.
 */
export async function heal(system: TrialSystem, stretch: number): Promise<Violation[]> {
  writeFileSync(system.disarmFile, '');
  for (const proxy of system.proxies.values()) proxy.disarm();
  system.smtp.heal();
  system.billing.heal();
  system.receivers.heal();
  const until = performance.now() + LONGEST_MS * stretch;
  const poisoned = system.plan.poison.length > 0;
  for (;;) {
    const kept = [...system.processes.values()];
    const up = kept.filter((each) => each.up).length;
    if (system.frozen.size === 0 && (up === kept.length || (poisoned && up >= 3))) return [];
    if (performance.now() > until) {
      const down = kept.filter((each) => !each.up || system.frozen.has(each.name));
      return down.map(({ name }) => ({ invariant: 'up', what: `${name} did not come up` }));
    }
    await delay(50);
  }
}
