import type { Fault as UpstreamFault } from '../../support/fake-billing/fault.ts';
import { createRandom, type Random } from '../random.ts';
import { preference, withOddities } from './plan-load.ts';
import type { Fault, Plan, PlannedChange, PlannedUpstream } from './plan.ts';

const PREFERENCES = [undefined, 'wait=8', 'respond-async', 'respond-async, wait=2'];
/** Waits that run out, of clients who do not ask again: those who do must get done some day. */
const IMPATIENT = [...PREFERENCES, 'wait=1', 'wait=2', 'wait=3'];

/** How often a call meets each fault, in trials of middling badness. */
const CHANCES: Partial<Record<UpstreamFault, number>> = {
  '500': 0.04,
  '500-after': 0.05,
  '503': 0.03,
  '429': 0.03,
  hang: 0.01,
  'hang-after': 0.02,
  reset: 0.02,
  'reset-after': 0.05,
  slow: 0.1,
  'wrong-json': 0.03,
  'not-json': 0.02,
  huge: 0.005,
  redirect: 0.005,
  'key-in-use': 0.01,
  'other-parameters': 0.01,
};

// Other numbers than the rest of the plan: what a seed meant before there was billing, it means still.
const OWN_NUMBERS = 0x62696c6c;

type Billing = Pick<Plan, 'provisionings' | 'changes' | 'upstream' | 'faults'>;

/**
 * Billing over `lengthMs`: jobs that overlap in their groups, PATCHes alone and several at once on one
 * group, an upstream that is bad at it, and bursts of one fault that close its gate.
 * @param keptNames how many of the first organization's groups no PATCH touches.
 */
export function planBilling(
  seed: number,
  options: { groups: Plan['groups']; keptNames: number; lengthMs: number; short: boolean },
): Billing {
  const { groups, keptNames, lengthMs, short } = options;
  const random = createRandom(seed ^ OWN_NUMBERS);
  const moment = () => random.integer(0, lengthMs);
  const all = (organization: 0 | 1) =>
    Array.from({ length: groups[organization] }, (_, n) => `g${n}`);
  const changeable = all(0).slice(keptNames);
  const upstream = planUpstream(random, changeable);

  const provisionings = Array.from({ length: short ? 3 : 6 }, (_, n) => {
    const organization = random.chance(0.2) ? (1 as const) : (0 as const);
    const some = random.sample(all(organization), random.integer(5, 30));
    const targets = withOddities(random, some);
    const report = random.chance(0.5);
    const prefer = preference(random, PREFERENCES);
    return { ...errand(random, `b${n}`, moment()), ...prefer, organization, targets, report };
  });

  const changes: PlannedChange[] = [];
  const change = (target: string, at: number) => {
    const tag = `c${String(changes.length).padStart(2, '0')}`;
    const final = random.chance(0.5) || upstream.unbillable.includes(target);
    const prefer = preference(random, final ? IMPATIENT : PREFERENCES);
    changes.push({ ...errand(random, tag, at), ...prefer, organization: 0, target, final });
  };
  for (let n = short ? 7 : 14; n > 0; n -= 1) change(random.pick(changeable), moment());
  for (let n = short ? 1 : 3; n > 0; n -= 1) {
    const target = random.pick(changeable);
    const at = moment();
    for (let clients = random.integer(3, 5); clients > 0; clients -= 1) change(target, at);
  }

  const faults: Fault[] = Array.from({ length: random.integer(0, 2) }, () => ({
    at: moment(),
    kind: 'upstream-burst',
    fault: random.pick(['500', '503', '429', 'hang', 'reset-after'] as const),
    calls: random.integer(4, 6),
  }));
  return { provisionings, changes, upstream, faults };
}

function planUpstream(random: Random, changeable: readonly string[]): PlannedUpstream {
  const badness = random.pick([0.5, 1, 1.5]);
  const chances = Object.entries(CHANCES).map(([fault, chance]) => [
    fault,
    random.chance(0.75) ? chance * badness : 0,
  ]);
  return {
    concurrency: random.integer(2, 4),
    chances: Object.fromEntries(chances),
    slowMs: random.integer(300, 1_500),
    retryAfterSeconds: random.integer(1, 2),
    unbillable: random.sample(changeable, 2),
  };
}

/** How often, and under which key, one thing is asked for. */
function errand(random: Random, tag: string, at: number) {
  const keyed = random.chance(0.8);
  return {
    tag,
    at,
    ...(keyed && { key: `key-${tag}-${random.integer(0, 1e9)}` }),
    copies: keyed && random.chance(0.4) ? random.integer(2, 3) : 1,
    again: keyed && random.chance(0.4),
    otherBody: keyed && random.chance(0.15),
  };
}
