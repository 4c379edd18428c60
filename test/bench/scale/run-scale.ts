import { startBenchPostgres } from '../support/bench-postgres.ts';
import type { Suite } from '../support/suite.ts';
import { undisturbed } from '../support/undisturbed.ts';
import { openStage, type BacklogSize, type MeasuredBacklog, type Stage } from './open-stage.ts';
import { reportScale, type ScaleOf, type ScaleRound } from './report-scale.ts';

const BACKENDS = ['redis', 'postgres'] as const;

const ALL = { organizations: 20, warmUp: 10_000, measured: 50_000 };
const FULL = { rounds: 5, few: { ...ALL, waiting: 10_000 }, many: { ...ALL, waiting: 1_000_000 } };
const SMALL = { organizations: 20, warmUp: 5_000, measured: 10_000 };
const QUICK = {
  rounds: 2,
  few: { ...SMALL, waiting: 10_000 },
  many: { ...SMALL, waiting: 50_000 },
};

/**
 * The rate, and the memory of each process, while a million targets wait, beside those while ten
 * thousand do; and what a target takes of Postgres' tables and log.
 */
export const runScale: Suite = async (options) => {
  const sizes = options.quick ? QUICK : FULL;
  const chosen = BACKENDS.filter(
    (backend) => options.only.length === 0 || options.only.includes(backend),
  );
  if (chosen.length === 0) throw new Error(`--only takes ${BACKENDS.join(' or ')}`);
  const postgres = await startBenchPostgres(options.atEnd);
  const results: ScaleOf[] = [];
  for (const backend of chosen) {
    const venue = {
      createDatabase: postgres.createDatabase,
      ...(options.verbose && { onLine: (line: string) => options.log(`  ${line}`) }),
    };
    const open = async (size: BacklogSize): Promise<Stage> => {
      const stage = await openStage(venue, backend, size);
      const { waiting, targetsPerSecond } = stage.accepted;
      const seconds = (waiting / targetsPerSecond).toFixed(0);
      options.log(`${backend}: ${waiting} targets were accepted in ${seconds} s`);
      return stage;
    };
    // Both are filled first, so that those of one round are measured within seconds of each other.
    const few = await open(sizes.few);
    const many = await open(sizes.many);
    const rounds: ScaleRound[] = [];
    for (let number = 1; number <= (options.rounds ?? sizes.rounds); number += 1) {
      const measure = () => measureBoth({ few, many }, number);
      const round = options.quick
        ? await measure()
        : await undisturbed(`round ${number}`, options.log, measure);
      const rates = [round.few, round.many].map((each) => Math.round(each.targetsPerSecond));
      options.log(`round ${number}, ${backend}: ${rates.join(' and ')} targets/s`);
      rounds.push(round);
    }
    results.push({ backend, accepted: { few: few.accepted, many: many.accepted }, rounds });
    await Promise.all([few.close(), many.close()]);
  }
  return reportScale(results, { version: postgres.version, ...postgres.settings });
};

/** Whoever comes second finds the machine as the first left it: that changes from round to round. */
async function measureBoth(stages: Record<'few' | 'many', Stage>, round: number) {
  const order = round % 2 === 1 ? (['few', 'many'] as const) : (['many', 'few'] as const);
  const measured = {} as Record<'few' | 'many', MeasuredBacklog>;
  for (const which of order) measured[which] = await stages[which].measure();
  return measured;
}
