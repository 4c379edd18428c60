import { createRandom } from '../random.ts';
import { planFaults } from './plan-faults.ts';
import { planLoad } from './plan-load.ts';
import type { BackendName, Plan } from './plan.ts';

export interface PlanOptions {
  seed: number;
  backend: BackendName;
  /** Smaller and without long pauses: for `npm test`. */
  short?: boolean;
  /** With targets that kill their worker, which takes more than a minute; by chance unless said. */
  poison?: boolean;
}

/** Everything that a trial will do, from its seed alone: the same seed, the same plan. */
export function planTrial({ seed, backend, short = false, poison }: PlanOptions): Plan {
  const random = createRandom(seed);
  const websites: Plan['websites'] = [260, 40];
  const groups: Plan['groups'] = [12, 4];
  const lengthMs = short ? 4_000 : 10_000;
  // Drawn whatever was said, so that saying it changes nothing else.
  const byChance = random.chance(1 / 8);
  const poisoned = poison ?? (!short && byChance);
  const load = planLoad(random, { websites, groups }, { size: short ? 20 : 48, lengthMs });
  return {
    seed,
    backend,
    ambiguity: random.chance(0.75) ? 'resend' : 'hold',
    websites,
    groups,
    ...load,
    poison: poisoned ? random.sample([...Array(websites[0]).keys()], 1) : [],
    ...planFaults(random, backend, { lengthMs, long: !short }),
  };
}
