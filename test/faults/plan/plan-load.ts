import type { Random } from '../random.ts';
import type { Plan, PlannedRequest, TargetRef } from './plan.ts';

const PREFERENCES = [undefined, undefined, 'respond-async', 'wait=2', 'wait=10, respond-async'];

type Load = Pick<Plan, 'requests' | 'accepting' | 'refused'>;

/**
 * Mixed work over `lengthMs`: bulk invites both ways, jobs of hundreds of targets, groups, targets that
 * nobody has, one new address in several jobs at one moment, keys used again and again.
 * @param size about how many requests.
 */
export function planLoad(
  random: Random,
  { websites, groups }: Pick<Plan, 'websites' | 'groups'>,
  { size, lengthMs }: { size: number; lengthMs: number },
): Load {
  const load: Load = { requests: [], accepting: [], refused: [] };
  const moment = () => random.integer(0, lengthMs);
  const address = (word: string) => `${word}-${load.requests.length}@example.com`;
  const pickTargets = (organization: 0 | 1, of: 'website' | 'group', count: number) => {
    const there = of === 'website' ? websites[organization] : groups[organization];
    const all = Array.from({ length: there }, (_, n) => `${of[0]}${n}`);
    return withOddities(random, random.sample(all, count));
  };
  const add = (request: Partial<PlannedRequest> & { email: string; targets: TargetRef[] }) => {
    const keyed = random.chance(0.8);
    load.requests.push({
      tag: `r${String(load.requests.length).padStart(3, '0')}`,
      at: moment(),
      organization: 0,
      surface: 'athena',
      method: 'direct',
      of: 'website',
      ...preference(random, PREFERENCES),
      ...(keyed && { key: `key-${load.requests.length}-${random.integer(0, 1e9)}` }),
      copies: keyed && random.chance(0.4) ? random.integer(2, 3) : 1,
      again: keyed && random.chance(0.4),
      otherBody: keyed && random.chance(0.15),
      ...request,
    });
  };

  for (let n = 0; n < size; n += 1) {
    const organization = random.chance(0.25) ? 1 : 0;
    const method = random.chance(0.5) ? 'email' : 'direct';
    const of = random.chance(0.15) ? 'group' : 'website';
    const email = address(method);
    const targets = pickTargets(organization, of, random.integer(1, method === 'email' ? 15 : 30));
    if (method === 'email' && random.chance(0.3)) load.accepting.push(email);
    else if (method === 'email' && random.chance(0.12)) load.refused.push(email);
    const surface = random.chance(0.2) ? 'native' : 'athena';
    add({ email, targets, organization, method, of, surface });
  }
  // Several jobs of one new address, at one moment, over the same targets in different orders.
  for (let pair = 0; pair < Math.ceil(size / 12); pair += 1) {
    const email = address('shared');
    const at = moment();
    const common = random.sample(
      Array.from({ length: websites[0] }, (_, n) => `w${n}`),
      random.integer(3, 12),
    );
    const mixed = random.chance(0.3);
    if (random.chance(0.3)) load.accepting.push(email);
    const method = random.chance(0.6) ? 'direct' : 'email';
    for (let job = random.integer(3, 5); job > 0; job -= 1) {
      const how = mixed ? random.pick(['direct', 'email'] as const) : method;
      add({ email, at, method: how, targets: random.sample(common, common.length) });
    }
  }
  // Jobs that travel in the bulk lane; the largest in two tasks.
  for (let n = 0; n < Math.ceil(size / 12); n += 1) {
    const method = random.chance(0.5) ? 'email' : 'direct';
    const count = Math.min(websites[0], random.pick([60, 90, 120, 230]));
    const targets = pickTargets(0, 'website', count);
    add({ email: address('bulk'), method, surface: 'native', targets });
  }
  load.requests.sort((a, b) => a.at - b.at);
  return load;
}

export const preference = (random: Random, choices: ReadonlyArray<string | undefined>) => {
  const prefer = random.pick(choices);
  return prefer === undefined ? {} : { prefer };
};

/** Ids that nobody has, somebody else's, and some named twice. */
export function withOddities(random: Random, targets: TargetRef[]): TargetRef[] {
  const odd = [...targets];
  const insert = (ref: TargetRef) => odd.splice(random.integer(0, odd.length), 0, ref);
  if (random.chance(0.2)) insert(random.uuid());
  if (random.chance(0.1)) insert('foreign');
  if (random.chance(0.2)) insert(random.pick(targets));
  return odd;
}
