import { createRandom } from '../random.ts';
import { planBilling } from './plan-billing.ts';
import { planFaults } from './plan-faults.ts';
import { planLoad } from './plan-load.ts';
import { planSteering } from './plan-steering.ts';
import { planWebhooks } from './plan-webhooks.ts';
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
  // People are invited to the first groups; emails name them, so that these keep their names.
  const invitedTo: Plan['groups'] = [12, 4];
  const groups: Plan['groups'] = [40, 8];
  const lengthMs = short ? 4_000 : 10_000;
  // Drawn whatever was said, so that saying it changes nothing else.
  const byChance = random.chance(1 / 8);
  const poisoned = poison ?? (!short && byChance);
  const load = planLoad(
    random,
    { websites, groups: invitedTo },
    { size: short ? 20 : 48, lengthMs },
  );
  const plan = {
    seed,
    backend,
    ambiguity: random.chance(0.75) ? ('resend' as const) : ('hold' as const),
    websites,
    groups,
    ...load,
    poison: poisoned ? random.sample([...Array(websites[0]).keys()], 1) : [],
    ...planFaults(random, backend, { lengthMs, long: !short }),
  };
  const { faults, ...billing } = planBilling(seed, {
    groups,
    keptNames: invitedTo[0],
    lengthMs,
    short,
  });
  const webhooks = planWebhooks(seed, { ...load, ...billing }, { short });
  return {
    ...plan,
    ...billing,
    steering: planSteering(seed, { ...plan, ...billing }),
    webhooks,
    faults: [...plan.faults, ...faults].sort((a, b) => a.at - b.at),
  };
}
