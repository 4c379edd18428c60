import { createRandom, type Random } from '../random.ts';
import type { Plan, PlannedAct, PlannedSteering, PlannedStep } from './plan.ts';

type Verb = PlannedAct['verb'];

const EARLY: readonly Verb[] = ['pause', 'pause', 'pause', 'resume', 'cancel', 'cancel', 'redrive'];
const LATE: readonly Verb[] = ['redrive', 'redrive', 'redrive', 'redrive', 'redrive', 'cancel'];
const OF_INVITATIONS: readonly Verb[] = ['resend', 'resend', 'resend', 'revoke'];
const CODES = [
  ['canceled'],
  ['canceled', 'not_found'],
  ['already_member', 'already_invited'],
  ['canceled', 'upstream_rejected'],
];

// Jobs whose clients know them before they end, and others; each round more has its webhooks, of which
// those that go in order take their time.
const EARLY_JOBS = 16;
const LATE_JOBS = 6;

// Other numbers than the rest of the plan: what a seed meant before jobs were steered, it means still.
const OWN_NUMBERS = 0x73746565;

/**
 * What is done to some of the jobs. Those with deadly targets are left alone, since each further round
 * of them takes minutes.
 */
export function planSteering(
  seed: number,
  { requests, provisionings, poison }: Pick<Plan, 'requests' | 'provisionings' | 'poison'>,
): PlannedSteering[] {
  const random = createRandom(seed ^ OWN_NUMBERS);
  const deadly = new Set(poison.map((index) => `w${index}`));
  const jobs = [
    ...requests
      .filter(({ targets }) => !targets.some((target) => deadly.has(target)))
      .map(({ tag, surface, prefer = '', method }) => ({
        tag,
        knownEarly: surface === 'native' || prefer.includes('respond-async'),
        invites: method === 'email',
      })),
    ...provisionings.map(({ tag }) => ({ tag, knownEarly: true, invites: false })),
  ];
  const [early, late] = [
    jobs.filter((job) => job.knownEarly),
    jobs.filter((job) => !job.knownEarly),
  ];
  return [...random.sample(early, EARLY_JOBS), ...random.sample(late, LATE_JOBS)].map((job) => ({
    tag: job.tag,
    steps: planSteps(random, job),
  }));
}

function planSteps(
  random: Random,
  { knownEarly, invites }: { knownEarly: boolean; invites: boolean },
): PlannedStep[] {
  const step = (ended: boolean, verbs: readonly Verb[]): PlannedStep => ({
    ended,
    // Some at once, while there is something under way.
    afterMs: random.chance(0.5) ? 0 : random.integer(1, ended ? 1_500 : 200),
    acts: Array.from({ length: random.integer(1, 2) }, () => planAct(random, random.pick(verbs))),
  });
  const early = () => Array.from({ length: random.integer(0, 2) }, () => step(false, EARLY));
  const late = invites ? [...LATE, ...OF_INVITATIONS] : LATE;
  const rounds = Array.from({ length: random.integer(1, 2) }, () => [step(true, late), ...early()]);
  return [...(knownEarly ? early() : []), ...rounds.flat()];
}

const planAct = (random: Random, verb: Verb): PlannedAct => ({
  verb,
  twice: random.chance(0.25),
  ...(verb === 'redrive' && {
    ...(random.chance(0.5) && { codes: random.pick(CODES) }),
    resendEmail: random.chance(0.3),
  }),
});
