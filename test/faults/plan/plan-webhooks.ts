import { createRandom, type Random } from '../random.ts';
import type {
  Plan,
  PlannedEndpoint,
  PlannedReceiver,
  PlannedWebhooks,
  WebhookFault,
} from './plan.ts';

/** How often a webhook meets each fault, at a receiver of middling badness. */
const CHANCES: Record<WebhookFault, number> = {
  '500': 0.05,
  '503': 0.03,
  '429': 0.02,
  'cut-before': 0.04,
  'cut-after': 0.06,
  hang: 0.01,
  slow: 0.08,
  drip: 0.01,
  'drip-headers': 0.005,
  redirect: 0.02,
};

const EVERYTHING = [
  'job.completed',
  'job.canceled',
  'job.target_failed',
  'invitation.accepted',
  'endpoint.disabled',
];

// Other numbers than the rest of the plan: what a seed meant before there were webhooks, it means still.
const OWN_NUMBERS = 0x686f6f6b;

/**
 * One to three endpoints for each organization: the first has one that wants everything in order, and one
 * that will be gone, or one that wants every failure; and callbacks for some jobs, of which one may be
 * dead.
 */
export function planWebhooks(
  seed: number,
  { requests, provisionings }: Pick<Plan, 'requests' | 'provisionings'>,
  { short }: { short: boolean },
): PlannedWebhooks {
  const random = createRandom(seed ^ OWN_NUMBERS);
  const badness = () => random.pick([0, 0.5, 1, 1.5]);
  const endpoint = (organization: 0 | 1, more: Partial<PlannedEndpoint> = {}): PlannedEndpoint => ({
    organization,
    inOrder: false,
    badness: badness(),
    ...(random.chance(0.4) && { eventTypes: EVERYTHING }),
    ...more,
  });
  const endpoints = [
    endpoint(0, { inOrder: true, ...(random.chance(0.25) && { down: true }) }),
    endpoint(0, { goneFrom: random.integer(3, 20) }),
    ...(random.chance(0.7) ? [endpoint(0, { eventTypes: EVERYTHING })] : []),
    ...Array.from({ length: random.integer(1, 3) }, (_, n) =>
      endpoint(1, { inOrder: n === 2, ...(random.chance(0.2) && { goneFrom: 2 }) }),
    ),
  ];
  const callbacks: Record<string, PlannedReceiver> = {};
  const native = requests.filter(({ surface }) => surface === 'native');
  for (const { tag } of [...native, ...provisionings]) {
    if (!random.chance(0.6)) continue;
    callbacks[tag] = { badness: badness(), ...(random.chance(0.1) && { goneFrom: 1 }) };
  }
  if (!short && random.chance(0.3)) {
    const [tag] = random.sample(Object.keys(callbacks), 1);
    if (tag !== undefined) callbacks[tag] = { badness: 0, dead: true };
  }
  return { endpoints, callbacks, chances: drawChances(random) };
}

function drawChances(random: Random): PlannedWebhooks['chances'] {
  const badness = random.pick([0.5, 1, 1.5]);
  const chances = Object.entries(CHANCES).map(([fault, chance]) => [
    fault,
    random.chance(0.75) ? chance * badness : 0,
  ]);
  return Object.fromEntries(chances);
}
