import { startRedis } from '../../support/redis.ts';
import { startBenchPostgres } from '../support/bench-postgres.ts';
import type { Suite } from '../support/suite.ts';
import { undisturbed } from '../support/undisturbed.ts';
import { measureBareLoop } from './measure-bare-loop.ts';
import { measureUsher, type EmailRate, type EmailSize, type EmailVenue } from './measure-usher.ts';
import { reportEmail, type EmailRound } from './report-email.ts';

const FULL: EmailSize = { submissions: 1_000, websites: 50, warmUp: 1_000 };
const QUICK: EmailSize = { ...FULL, submissions: 200, warmUp: 20 };

/** How fast invitations by email go, end to end, beside a bare loop. `--only` takes a backend. */
export const runEmail: Suite = async (options) => {
  const size = options.quick ? QUICK : FULL;
  const postgres = await startBenchPostgres(options.atEnd);
  const redis = await startRedis();
  options.atEnd(() => redis.stop());
  const venue: EmailVenue = {
    createDatabase: () => postgres.createDatabase(),
    postgresPid: postgres.pid,
    redis,
    ...(options.verbose && { onLine: (line) => options.log(`  ${line}`) }),
  };
  const contestants: Array<[string, () => Promise<EmailRate>]> = [
    ['bare', () => measureBareLoop(venue, size)],
    ['redis', () => measureUsher(venue, 'redis', size)],
    ['postgres', () => measureUsher(venue, 'postgres', size)],
  ];
  const names = contestants.map(([name]) => name);
  const unknown = options.only.find((name) => !names.includes(name));
  if (unknown) throw new Error(`nothing is called ${unknown}: ${names.join(', ')}`);
  const chosen = contestants.filter(
    ([name]) => options.only.length === 0 || name === 'bare' || options.only.includes(name),
  );
  const rounds: EmailRound[] = [];
  const count = options.rounds ?? (options.quick ? 1 : 3);
  for (let round = 1; round <= count; round += 1) {
    const log = (line: string) => options.log(`round ${round} of ${count}: ${line}`);
    const found: EmailRound = new Map();
    for (let n = 0; n < chosen.length; n += 1) {
      // Each round begins with another of them, so that none always follows the same one.
      const [name, measure] = chosen[(n + round - 1) % chosen.length] ?? [];
      if (!name || !measure) continue;
      const rate = options.quick ? await measure() : await undisturbed(name, log, measure);
      found.set(name, rate);
      log(`${name}: ${Math.round(rate.submissions / rate.seconds)} invitations/s`);
    }
    rounds.push(found);
  }
  return reportEmail({ rounds, size, postgres: postgres.settings });
};
