import { startRedis } from '../../support/redis.ts';
import { startBenchPostgres } from '../support/bench-postgres.ts';
import type { Suite } from '../support/suite.ts';
import { measureIdle, type IdleMeasurement } from './measure-idle.ts';
import { reportIdle } from './report-idle.ts';
import { LOG_SETTINGS } from './statement-log.ts';

const SIZES = {
  // A minute, since what is asked once a minute counts too.
  full: { rounds: 3, settleSeconds: 15, seconds: 60 },
  quick: { rounds: 1, settleSeconds: 5, seconds: 10 },
};
const BACKENDS = ['redis', 'postgres'] as const;
type Backend = (typeof BACKENDS)[number];

/** What API, worker and servers do while nobody asks anything of them, on each queue. */
export const runIdle: Suite = async (options) => {
  const sizes = options.quick ? SIZES.quick : SIZES.full;
  const chosen = BACKENDS.filter(
    (backend) => options.only.length === 0 || options.only.includes(backend),
  );
  if (chosen.length === 0) throw new Error(`choose from ${BACKENDS.join(', ')}`);
  const postgres = await startBenchPostgres(options.atEnd, LOG_SETTINGS);
  const count = options.rounds ?? sizes.rounds;
  const results = chosen.map((backend) => ({ backend, rounds: [] as IdleMeasurement[] }));
  for (let number = 1; number <= count; number += 1) {
    for (const { backend, rounds } of results) {
      const measured = await measureFresh(backend);
      rounds.push(measured);
      options.log(`round ${number} of ${count}: ${backend}: ${describe(measured)}`);
    }
  }
  return reportIdle(results, { ...sizes, postgres: postgres.version });

  async function measureFresh(backend: Backend): Promise<IdleMeasurement> {
    const redis = backend === 'redis' ? await startRedis() : undefined;
    try {
      return await measureIdle(
        {
          database: await postgres.createDatabase(),
          postgresPid: postgres.pid,
          redis,
          ...(options.verbose && { onLine: (line) => options.log(`  ${line}`) }),
        },
        sizes,
      );
    } finally {
      await redis?.stop();
    }
  }
};

const describe = ({ processes }: IdleMeasurement): string =>
  Object.entries(processes)
    .map(([kind, { cpuShare, statementsPerSecond }]) =>
      [
        kind,
        cpuShare === undefined ? '' : `${(cpuShare * 100).toFixed(2)} %`,
        statementsPerSecond === undefined ? '' : `${statementsPerSecond.toFixed(2)}/s`,
      ]
        .filter(Boolean)
        .join(' '),
    )
    .join(', ');
