import { startBenchPostgres } from '../support/bench-postgres.ts';
import type { Suite } from '../support/suite.ts';
import { measureDelay } from './measure-delay.ts';
import { measureRedisMemory } from './measure-redis-memory.ts';
import { measureShares, measureStarvation } from './measure-shares.ts';
import { reportFairness, type Fairness } from './report-fairness.ts';
import { createFlooder, startSetting, type Backend, type Setting } from './setting.ts';

interface Sizes {
  settings: ReadonlyArray<{ backend: Backend; workers: number }>;
  /** The flooding organization's jobs have so many targets each. */
  jobTargets: number;
  backlog: number;
  samples: number;
  repetitions: number;
  shares: { jobTargets: number; backlog: number };
  starvation: { organizations: number; jobTargets: number; backlog: number };
  memory: { jobTargets: number; few: number; many: number };
}

const BACKENDS: readonly Backend[] = ['redis', 'postgres'];

const FULL: Sizes = {
  settings: [1, 4].flatMap((workers) => BACKENDS.map((backend) => ({ backend, workers }))),
  jobTargets: 10_000,
  backlog: 100_000,
  samples: 40,
  repetitions: 5,
  shares: { jobTargets: 10_000, backlog: 60_000 },
  starvation: { organizations: 20, jobTargets: 1_000, backlog: 5_000 },
  memory: { jobTargets: 10_000, few: 10_000, many: 1_000_000 },
};
const QUICK: Sizes = {
  ...FULL,
  settings: BACKENDS.map((backend) => ({ backend, workers: 1 })),
  backlog: 20_000,
  samples: 12,
  repetitions: 1,
  shares: { jobTargets: 2_000, backlog: 10_000 },
  starvation: { organizations: 10, jobTargets: 500, backlog: 1_000 },
  memory: { jobTargets: 10_000, few: 10_000, many: 50_000 },
};

/**
 * What one organization's flood does to another's 50 targets, to organizations of other weights, to
 * many at once, and to Redis' memory.
 */
export const runFairness: Suite = async (options) => {
  const sizes = options.quick ? QUICK : FULL;
  const postgres = await startBenchPostgres(options.atEnd);
  const chosen = sizes.settings.filter(
    ({ backend }) => options.only.length === 0 || options.only.includes(backend),
  );
  const results: Fairness[] = [];
  for (const each of chosen) {
    const name = `${each.backend}, ${each.workers} worker${each.workers === 1 ? '' : 's'}`;
    options.log(`${name}: starting`);
    const setting = await startSetting({
      ...each,
      postgres,
      ...(options.verbose && { onLine: (line) => options.log(`  ${line}`) }),
    });
    try {
      const measured = await measureSetting(setting, sizes, {
        repetitions: options.rounds ?? sizes.repetitions,
        // Nothing of the rest depends on the number of workers.
        withRest: each.workers === sizes.settings[0]?.workers,
        log: (line) => options.log(`${name}: ${line}`),
      });
      results.push({ ...each, ...measured });
    } finally {
      await setting.close();
    }
  }
  return reportFairness(results, { backlog: sizes.backlog, samples: sizes.samples });
};

async function measureSetting(
  { system, redis }: Setting,
  sizes: Sizes,
  options: { repetitions: number; withRest: boolean; log: (line: string) => void },
): Promise<Omit<Fairness, 'backend' | 'workers'>> {
  const { log, repetitions } = options;
  const { flood } = await createFlooder(system, sizes.jobTargets);
  await flood.reserve((sizes.backlog + 2 * flood.jobTargets) * repetitions);
  log('sampling');
  const delay = await measureDelay({
    system,
    small: system.tenant,
    flood,
    samples: sizes.samples,
    repetitions,
    backlog: sizes.backlog,
    log,
  });
  if (!options.withRest) return { delay };
  log('weights');
  const shares = await measureShares(system, sizes.shares);
  log('many organizations');
  const starvation = await measureStarvation(system, sizes.starvation);
  if (!redis) return { delay, shares, starvation };
  log("Redis' memory");
  const memory = await measureRedisMemory(system, redis, sizes.memory);
  return { delay, shares, starvation, memory };
}
