import { startRedis } from '../../support/redis.ts';
import { startBenchPostgres } from '../support/bench-postgres.ts';
import type { Suite, SuiteOptions } from '../support/suite.ts';
import { undisturbed } from '../support/undisturbed.ts';
import type { Layout } from './create-endpoints.ts';
import { measureBareLoop } from './measure-bare-loop.ts';
import { measureDelays, type DelaySize } from './measure-delays.ts';
import { measureRate, type Rate, type RateSize } from './measure-rate.ts';
import {
  reportWebhooks,
  type DelayPair,
  type DelayResult,
  type RateRound,
} from './report-webhooks.ts';
import type { Backend, Venue } from './start-stage.ts';

interface Sizes {
  rounds: number;
  settings: ReadonlyArray<{ backend: Backend; layout: Layout }>;
  delay: DelaySize;
  rate: RateSize;
}

const FULL: Sizes = {
  rounds: 3,
  settings: [
    { backend: 'postgres', layout: 'own' },
    { backend: 'redis', layout: 'own' },
    { backend: 'postgres', layout: 'one' },
  ],
  // Well below what two cores deliver: a backlog would hide what the endpoints do to each other.
  delay: { endpoints: 50, events: 10_000, rate: 40, warmUp: 20 },
  rate: { endpoints: 30, deliveries: 10_000, warmUp: 10_000 },
};
const QUICK: Sizes = {
  rounds: 1,
  settings: FULL.settings.filter(({ backend }) => backend === 'postgres'),
  delay: { ...FULL.delay, events: 2_000 },
  rate: { ...FULL.rate, deliveries: 2_000 },
};

const BACKENDS: readonly Backend[] = ['postgres', 'redis'];

/**
 * What endpoints that fail do to those that are well, and how fast deliveries go beside a bare loop.
 * `--only` takes `delay`, `rate`, and a backend.
 */
export const runWebhooks: Suite = async (options) => {
  const sizes = options.quick ? QUICK : FULL;
  const postgres = await startBenchPostgres(options.atEnd);
  const redis = await startRedis();
  options.atEnd(() => redis.stop());
  const venue: Venue = {
    createDatabase: () => postgres.createDatabase(),
    postgresPid: postgres.pid,
    redis,
    ...(options.verbose && { onLine: (line) => options.log(`  ${line}`) }),
  };
  const settings = sizes.settings.filter(({ backend }) => isWanted(options, 'delay', backend));
  const delays: DelayResult[] = settings.map((setting) => ({ ...setting, pairs: [] }));
  const rates: RateRound[] = [];
  const rounds = options.rounds ?? sizes.rounds;
  for (let round = 1; round <= rounds; round += 1) {
    const log = (line: string) => options.log(`round ${round} of ${rounds}: ${line}`);
    const careful = <T>(what: string, work: () => Promise<T>) =>
      options.quick ? work() : undisturbed(what, log, work);
    for (const { backend, layout, pairs } of delays) {
      const what = `${layout === 'own' ? 'an organization each' : 'one organization'}, ${backend}`;
      const where = { backend, layout };
      const pair = await careful(what, () => measurePair(venue, where, sizes.delay, round));
      pairs.push(pair);
      log(
        `${what}: p95 ${pair.alone.p95.toFixed(0)} ms alone, ${pair.beside.p95.toFixed(0)} ms beside`,
      );
    }
    rates.push(await measureRates({ venue, options, size: sizes.rate, round, log, careful }));
  }
  return reportWebhooks({ delays, rates, size: sizes, postgres: postgres.settings });
};

/** Each round begins with the other, so that neither always comes second. */
async function measurePair(
  venue: Venue,
  where: { backend: Backend; layout: Layout },
  size: DelaySize,
  round: number,
): Promise<DelayPair> {
  const measure = (alone: boolean) => measureDelays(venue, { ...where, alone }, size);
  const first = await measure(round % 2 === 1);
  const second = await measure(round % 2 === 0);
  return round % 2 === 1 ? { alone: first, beside: second } : { alone: second, beside: first };
}

async function measureRates(given: {
  venue: Venue;
  options: SuiteOptions;
  size: RateSize;
  round: number;
  log: (line: string) => void;
  careful: <T>(what: string, work: () => Promise<T>) => Promise<T>;
}): Promise<RateRound> {
  const { venue, options, size, round, log, careful } = given;
  const backends = BACKENDS.filter((backend) => isWanted(options, 'rate', backend));
  const contestants: Array<[string, () => Promise<Rate>]> = backends.map((backend) => [
    backend,
    () => measureRate(venue, backend, size),
  ]);
  if (contestants.length > 0) contestants.unshift(['bare', () => measureBareLoop(size)]);
  const found: RateRound = new Map();
  for (let n = 0; n < contestants.length; n += 1) {
    const [name, measure] = contestants[(n + round - 1) % contestants.length] ?? [];
    if (!name || !measure) continue;
    const rate = await careful(name, measure);
    found.set(name, rate);
    log(`${name}: ${Math.round(rate.deliveries / rate.seconds)} deliveries/s`);
  }
  return found;
}

function isWanted({ only }: SuiteOptions, part: string, backend: Backend): boolean {
  const parts = only.filter((name) => ['delay', 'rate'].includes(name));
  const backends = only.filter((name) => BACKENDS.includes(name as Backend));
  if (parts.length + backends.length < only.length) {
    throw new Error(`nothing is called ${only.join(' or ')}: delay, rate, postgres or redis`);
  }
  return (
    (parts.length === 0 || parts.includes(part)) &&
    (backends.length === 0 || backends.includes(backend))
  );
}
