import { startRedis } from '../../support/redis.ts';
import { startBenchPostgres, type BenchPostgres } from '../support/bench-postgres.ts';
import type { Suite, SuiteOptions } from '../support/suite.ts';
import { undisturbed } from '../support/undisturbed.ts';
import { measurePair, type Pair, type PairSize, type Side } from './measure-pair.ts';
import { reportAccepting, type AcceptingRound } from './report-accepting.ts';
import { SETTINGS, type Setting } from './settings.ts';
import { startStage } from './start-stage.ts';

interface Sizes {
  rounds: number;
  atOnce: PairSize;
  whenDone: PairSize;
}

const FULL: Sizes = {
  rounds: 3,
  atOnce: { requests: 1_500, warmUp: 1_500 },
  whenDone: { requests: 500, warmUp: 500 },
};
const QUICK: Sizes = {
  rounds: 1,
  atOnce: { requests: 300, warmUp: 100 },
  whenDone: { requests: 100, warmUp: 50 },
};

/** What it takes to accept a job, and to answer when it is done, beside a bare route with one INSERT. */
export const runAccepting: Suite = async (options) => {
  const sizes = options.quick ? QUICK : FULL;
  const chosen = SETTINGS.filter(
    ({ name }) => options.only.length === 0 || options.only.some((wanted) => name.includes(wanted)),
  );
  if (chosen.length === 0) {
    throw new Error(`choose from ${SETTINGS.map(({ name }) => `"${name}"`).join(', ')}`);
  }
  const postgres = await startBenchPostgres(options.atEnd);
  const redis = await startRedis();
  options.atEnd(() => redis.stop());
  const count = options.rounds ?? sizes.rounds;
  const rounds: AcceptingRound[] = [];
  for (let number = 1; number <= count; number += 1) {
    await redis.command('FLUSHALL');
    rounds.push(
      await measureRound(chosen, {
        postgres,
        redisUrl: redis.url,
        sizes,
        options: { ...options, log: (line) => options.log(`round ${number} of ${count}: ${line}`) },
        // Each goes first every other time.
        order: number % 2 === 1 ? ['bare', 'usher'] : ['usher', 'bare'],
      }),
    );
  }
  return reportAccepting(chosen, rounds, {
    postgres: postgres.version,
    settings: postgres.settings,
  });
};

async function measureRound(
  settings: readonly Setting[],
  on: {
    postgres: BenchPostgres;
    redisUrl: string;
    sizes: Sizes;
    options: SuiteOptions;
    order: readonly Side[];
  },
): Promise<AcceptingRound> {
  const { postgres, redisUrl, sizes, options, order } = on;
  const stage = await startStage({
    database: await postgres.createDatabase(),
    postgresPid: postgres.pid,
    redisUrl,
    ...(options.verbose && { onLine: (line) => options.log(`  ${line}`) }),
  });
  try {
    const round: AcceptingRound = new Map();
    let working = true;
    for (const setting of settings) {
      if (!setting.worker && working) await stage.stopWorker();
      working = setting.worker;
      const size = setting.respondAsync ? sizes.atOnce : sizes.whenDone;
      const measureIt = () => measurePair(stage, setting, size, order);
      const pair = options.quick
        ? await measureIt()
        : await undisturbed(setting.name, options.log, measureIt);
      round.set(setting.name, pair);
      options.log(`${setting.name}: ${describe(pair)}`);
    }
    return round;
  } finally {
    await stage.close();
  }
}

const describe = ({ bare, usher }: Pair): string =>
  [
    `p50 ${usher.p50.toFixed(1)} (${(usher.p50 / bare.p50).toFixed(2)} x bare)`,
    `p99 ${usher.p99.toFixed(1)} ms (${(usher.p99 / bare.p99).toFixed(2)} x)`,
    `${Math.round(usher.requestsPerSecond)}/s (${(usher.requestsPerSecond / bare.requestsPerSecond).toFixed(2)} x)`,
  ].join(', ');
