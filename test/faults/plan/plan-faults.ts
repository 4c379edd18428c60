import type { FailpointName } from '@usher/jobs';
import type { Random } from '../random.ts';
import {
  APIS,
  WORKERS,
  type BackendName,
  type CommitSide,
  type Fault,
  type Plan,
  type PlannedFailpoint,
  type PlannedMailFault,
  type TrapPlace,
} from './plan.ts';

const FAILPOINTS: FailpointName[] = [
  'target:before-run',
  'record:before-commit',
  'record:after-commit',
  'lease:after-commit',
  'call:before',
  'call:after',
  'dispatch:after-mark',
];
const MAIL_ACTS: PlannedMailFault['act'][] = [
  'defer',
  'defer',
  'hang',
  'hang-accepted',
  'cut-before',
  'cut-after',
];

type Faults = Pick<Plan, 'faults' | 'failpoints' | 'mailFaults'>;

/**
 * What goes wrong while `lengthMs` of load run: always a worker killed, the queue wiped and commits cut
 * on both sides; the rest by chance.
 * @param long whether processes may stand still for longer than a lease lives.
 */
export function planFaults(
  random: Random,
  backend: BackendName,
  { lengthMs, long }: { lengthMs: number; long: boolean },
): Faults {
  const processes = [...APIS, ...WORKERS];
  const moment = () => random.integer(200, lengthMs);
  // While there is still work to come, so that it cannot miss all of it.
  const early = () => random.integer(200, Math.round(lengthMs * 0.6));
  const faults: Fault[] = [
    { at: early(), kind: 'signal', process: random.pick(WORKERS), signal: 'SIGKILL' },
    { at: moment(), kind: 'queue-wipe', how: random.pick(['everything', 'messages']) },
    trap('commit', 'before'),
    trap('commit', 'after'),
  ];
  const sometimes = (probability: number, make: () => Fault) => {
    if (random.chance(probability)) faults.push(make());
  };
  function trap(place: TrapPlace, side: CommitSide): Fault {
    const act = random.chance(0.6) ? 'cut' : 'kill';
    const process = random.pick(processes);
    const skip = random.integer(0, place === 'commit' ? 5 : 80);
    return { at: moment(), kind: 'trap', process, place, side, act, skip };
  }
  for (let n = 0; n < 4; n += 1) {
    sometimes(0.5, () => trap('commit', random.pick(['before', 'after'])));
    sometimes(0.4, () => trap('statement', random.pick(['before', 'after'])));
    sometimes(0.35, () => ({
      at: moment(),
      kind: 'signal',
      process: random.pick(processes),
      signal: random.pick(['SIGKILL', 'SIGTERM']),
    }));
  }
  sometimes(0.3, () => ({ at: moment(), kind: 'cut-all', process: random.pick(processes) }));
  sometimes(0.45, () => ({
    at: moment(),
    kind: 'postgres-crash',
    downMs: random.integer(0, 2_500),
  }));
  sometimes(0.4, () => ({ at: moment(), kind: 'queue-pause', ms: random.integer(1_000, 5_000) }));
  if (backend === 'redis') {
    sometimes(0.4, () => ({
      at: moment(),
      kind: 'queue-restart',
      downMs: random.integer(0, 3_000),
    }));
    sometimes(0.25, () => ({ at: moment(), kind: 'queue-full', ms: random.integer(500, 3_000) }));
  }
  if (long) {
    sometimes(0.2, () => ({ at: moment(), kind: 'queue-wipe', how: 'silently' }));
    sometimes(0.4, () => ({
      at: moment(),
      kind: 'pause',
      process: random.pick(WORKERS),
      ms: 12_000,
    }));
  }
  faults.sort((a, b) => a.at - b.at);
  return { faults, failpoints: planFailpoints(random, long), mailFaults: planMail(random) };
}

function planFailpoints(random: Random, long: boolean): PlannedFailpoint[] {
  const planned: PlannedFailpoint[] = [];
  for (const worker of WORKERS) {
    for (const start of [1, 2, 3]) {
      if (!random.chance(0.6)) continue;
      const freeze = long && random.chance(0.25);
      planned.push({
        worker,
        start,
        name: random.pick(FAILPOINTS),
        nth: random.integer(1, 8),
        act: freeze ? 'freeze' : 'kill',
        ms: random.integer(12_000, 14_000),
      });
    }
  }
  return planned;
}

function planMail(random: Random): PlannedMailFault[] {
  const numbers = random.sample(
    Array.from({ length: 20 }, (_, n) => n + 1),
    random.integer(2, 7),
  );
  return numbers.map((nth) => ({ nth, act: random.pick(MAIL_ACTS) }));
}
