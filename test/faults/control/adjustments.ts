import { WORKERS, type Plan, type PlannedAct } from '../plan/plan.ts';
import { calm, change, frozenAt, groups, provisioning, request, websites } from './adjust-plan.ts';

// Longer than a lease lives and a sweep takes, so that two of them meet at one task.
const FROZEN_MS = 13_500;

/** One email; each worker stands still with the answer to its first call in hand. */
const frozenCalls = (plan: Plan): Plan => ({
  ...calm(plan),
  requests: [
    request(0, { method: 'email', targets: websites(0, 3) }),
    ...Array.from({ length: 10 }, (_, n) => request(n + 1, { targets: websites(n, 5) })),
  ],
  failpoints: frozenAt('call:after', FROZEN_MS),
});

/** Connections that break after a COMMIT, again and again: whoever did the work does it once more. */
const cutCommits = (plan: Plan): Plan => ({
  ...calm(plan),
  requests: Array.from({ length: 40 }, (_, n) =>
    request(n, { at: n * 50, targets: websites(n, 8) }),
  ),
  faults: WORKERS.flatMap((process) =>
    Array.from({ length: 8 }, () => ({
      at: 0,
      kind: 'trap' as const,
      process,
      place: 'commit' as const,
      side: 'after' as const,
      act: 'cut' as const,
      skip: 0,
    })),
  ),
});

/** The plan's own load, with every key used by several at once and again. */
const repeatedRequests = (plan: Plan): Plan => ({
  ...calm(plan),
  requests: plan.requests
    .slice(0, 25)
    .map((each, n) => ({ ...each, key: each.key ?? `key-${n}`, copies: 2, again: true })),
});

/** Much slow work at once, so that the queue is full of it when it is wiped. */
const wipedQueue = (plan: Plan): Plan => ({
  ...calm(plan),
  requests: Array.from({ length: 160 }, (_, n) => request(n, { targets: [`w${n}`] })),
  faults: [1_500, 2_500, 3_500, 4_500].map((at) => ({ at, kind: 'queue-wipe', how: 'everything' })),
});

/** New addresses, each in five direct jobs at one moment. */
const sharedAddresses = (plan: Plan): Plan => ({
  ...calm(plan),
  requests: Array.from({ length: 100 }, (_, n) => {
    const person = Math.floor(n / 5);
    return request(n, {
      at: 200 + person * 100,
      email: `shared-${person}@example.com`,
      targets: websites((n % 5) * 4, 4),
    });
  }),
});

/** Email jobs of two targets, which `HALVES` makes two tasks of. */
const halvedJobs = (plan: Plan): Plan => ({
  ...calm(plan),
  requests: Array.from({ length: 80 }, (_, n) =>
    request(n, { at: n * 30, method: 'email', targets: websites(n % 50, 2) }),
  ),
});

const HALVES = `
  create function halve() returns trigger language plpgsql as $$
    begin
      if new.kind = 'bulk-invite' and cardinality(new.positions) = 2 then
        insert into tasks (id, org_id, kind, job_id, positions, target_ids, lane)
          values (gen_random_uuid(), new.org_id, new.kind, new.job_id, new.positions[2:2],
            new.target_ids[2:2], new.lane);
        new.positions = new.positions[1:1];
        new.target_ids = new.target_ids[1:1];
      end if;
      return new;
    end $$;
  create trigger halve before insert on tasks for each row execute function halve();`;

/** Four deadly targets and many healthy ones, each in a job of its own, all at one moment. */
const poisonAmidHealthy = (plan: Plan): Plan => ({
  ...calm(plan),
  poison: [0, 1, 2, 3],
  requests: Array.from({ length: 24 }, (_, n) =>
    request(n, { targets: [n % 6 === 0 ? `w${n / 6}` : `w${n + 10}`] }),
  ),
});

// The upstream is bad until the last of the plan's faults is over.
const badUntil = (at: number): Plan['faults'] => [
  { at, kind: 'upstream-burst', fault: '500-after', calls: 1 },
];

/**
 * Three entities are made with an answer that says that they were not: fewer failures in a row than
 * close the gate.
 */
const deniedEntities = (plan: Plan): Plan => ({
  ...calm(plan),
  provisionings: [provisioning(groups(24))],
  faults: [{ at: 0, kind: 'upstream-burst', fault: '500-after', calls: 3 }, ...badUntil(6_000)],
});

/** Clients that wait for one second for what takes five. */
const shortWaits = (plan: Plan): Plan => ({
  ...calm(plan),
  changes: Array.from({ length: 6 }, (_, n) => change(n, { prefer: 'wait=1' })),
  upstream: { ...calm(plan).upstream, chances: { slow: 1 }, slowMs: 2_500 },
  faults: badUntil(8_000),
});

const plainEndpoint = { organization: 0, inOrder: false, badness: 1 } as const;

/** The same as with cut commits, and somebody who listens. */
const heardCommits = (plan: Plan): Plan => ({
  ...cutCommits(plan),
  webhooks: { endpoints: [plainEndpoint], callbacks: {}, chances: {} },
});

/** Many webhooks to one endpoint that fails half of them, until the last of the plan's faults is over. */
const badReceiver = (plan: Plan): Plan => ({
  ...calm(plan),
  requests: Array.from({ length: 30 }, (_, n) => request(n, { targets: [`w${n}`] })),
  webhooks: { endpoints: [plainEndpoint], callbacks: {}, chances: { '500': 0.5 } },
  faults: badUntil(8_000),
});

/** Many webhooks at once to an endpoint that wants one after the other, and takes its time. */
const slowInOrder = (plan: Plan): Plan => ({
  ...badReceiver(plan),
  webhooks: {
    endpoints: [{ ...plainEndpoint, inOrder: true }],
    callbacks: {},
    chances: { slow: 1 },
  },
});

/** Many jobs at once, canceled before all of them ran, and redriven twice for what was canceled. */
const redrivenTwice = (plan: Plan): Plan => {
  const requests = Array.from({ length: 40 }, (_, n) => request(n, { targets: websites(n, 20) }));
  const step = (ended: boolean, given: Partial<PlannedAct>) => ({
    ended,
    afterMs: 0,
    acts: [{ verb: 'redrive' as const, twice: false, ...given }],
  });
  const again = step(true, { codes: ['canceled'] });
  const steps = [step(false, { verb: 'cancel' }), again, again];
  return { ...calm(plan), requests, steering: requests.map(({ tag }) => ({ tag, steps })) };
};

/** Memberships take a second to make: whoever makes one is in the middle of it for long. */
const SLOW_MEMBERS = `
  create function dawdle() returns trigger language plpgsql as
    $$ begin perform pg_sleep(1); return new; end $$;
  create trigger dawdle before insert on website_members
    for each row execute function dawdle();`;

export const adjustments = {
  frozenCalls,
  cutCommits,
  repeatedRequests,
  wipedQueue,
  sharedAddresses,
  halvedJobs,
  redrivenTwice,
  HALVES,
  poisonAmidHealthy,
  SLOW_MEMBERS,
  deniedEntities,
  shortWaits,
  heardCommits,
  badReceiver,
  slowInOrder,
};
