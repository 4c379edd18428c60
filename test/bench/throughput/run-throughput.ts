import { startBenchPostgres, type BenchPostgres } from '../support/bench-postgres.ts';
import type { Suite, SuiteOptions } from '../support/suite.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { undisturbed } from '../support/undisturbed.ts';
import type { Contestant } from './contestant.ts';
import { contestants } from './contestants.ts';
import { measure, type Measurement } from './measure.ts';
import { report, type Round } from './report.ts';
import type { Size } from './workload.ts';

const WEBSITES = 50;
const size = (submissions: number): Size => ({ submissions, websites: WEBSITES });

/** What each round gives to those that are measured on the whole work, and on a part of it. */
const SIZES = {
  full: {
    rounds: 5,
    whole: size(1_000),
    part: size(100),
    warmUp: size(1_000),
    warmUpPart: size(100),
  },
  quick: { rounds: 3, whole: size(120), part: size(16), warmUp: size(20), warmUpPart: size(4) },
};
/** Of the minute that a quick run may take, from the start of the process, what its rounds may use. */
const QUICK_SECONDS = 55;

/** Targets per second, end to end, of Usher and its peers, in turn on the same Postgres. */
export const runThroughput: Suite = async (options) => {
  const sizes = options.quick ? SIZES.quick : SIZES.full;
  const chosen = contestants.filter(
    ({ name }) =>
      options.only.length === 0 || options.only.some((wanted) => name.startsWith(wanted)),
  );
  if (chosen.length === 0) throw new Error(`nobody is called ${options.only.join(' or ')}`);
  const postgres = await startBenchPostgres(options.atEnd);
  const redis = await startRedis();
  options.atEnd(() => redis.stop());

  const rounds: Round[] = [];
  const count = options.rounds ?? sizes.rounds;
  for (let number = 1; number <= count; number += 1) {
    const began = performance.now();
    const round: Round = new Map();
    for (const contestant of inTurn(chosen, number)) {
      const measureIt = () => measureFresh(contestant, { postgres, redis, sizes, options });
      const measured = options.quick
        ? await measureIt()
        : await undisturbed(contestant.name, options.log, measureIt);
      round.set(contestant.name, measured);
      options.log(
        `round ${number} of ${count}: ${contestant.name}: ` +
          `${Math.round(measured.targetsPerSecond)} targets/s (${measured.seconds.toFixed(2)} s)`,
      );
    }
    rounds.push(round);
    const next = (performance.now() + (performance.now() - began)) / 1_000;
    if (options.quick && options.rounds === undefined && next > QUICK_SECONDS) {
      if (number < count) options.log('another round would take more than a minute in all');
      break;
    }
  }
  return report(chosen, rounds, {
    postgres: postgres.version,
    redis: await redisVersion(redis),
    settings: postgres.settings,
  });
};

/** Each round begins with another of them, so that none always follows the same one. */
function inTurn(all: readonly Contestant[], round: number): Contestant[] {
  const from = (round - 1) % all.length;
  return [...all.slice(from), ...all.slice(0, from)];
}

async function measureFresh(
  contestant: Contestant,
  on: {
    postgres: BenchPostgres;
    redis: TestRedis;
    sizes: (typeof SIZES)['full'];
    options: SuiteOptions;
  },
): Promise<Measurement> {
  const { postgres, redis, sizes, options } = on;
  const database = await postgres.createDatabase();
  const whole = contestant.share === 'whole';
  const shaped = (each: Size) => contestant.shape?.(each) ?? each;
  const measured = await measure(
    contestant,
    {
      databaseUrl: database.url,
      redis,
      postgresPid: postgres.pid,
      ...(options.verbose && { onLine: (line) => options.log(`  ${contestant.name}: ${line}`) }),
    },
    shaped(whole ? sizes.whole : sizes.part),
    shaped(whole ? sizes.warmUp : sizes.warmUpPart),
  );
  await database.drop();
  return measured;
}

async function redisVersion(redis: TestRedis): Promise<string> {
  const information = String(await redis.command('INFO', 'server'));
  return /(?:valkey|redis)_version:(\S+)/.exec(information)?.[1] ?? 'unknown';
}
