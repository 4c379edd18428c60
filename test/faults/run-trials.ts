import type { Arguments } from './arguments.ts';
import { keepArtefacts } from './keep-artefacts.ts';
import { planTrial } from './plan/plan-trial.ts';
import { describeReport } from './print-report.ts';
import { runTrial } from './run-trial.ts';
import { startTrialPostgres } from './servers/trial-postgres.ts';

const LIMIT_MS = 150_000;
/** Three deaths of each deadly target, alone, each noticed only when its lease has run out. */
const POISON_LIMIT_MS = 300_000;

/** Run the trials asked for, and print each. @returns whether all was well in all of them. */
export async function runTrials(given: Arguments, signal: AbortSignal): Promise<boolean> {
  const postgres = await startTrialPostgres();
  const tally = { trials: 0, idle: 0, violated: 0, targets: 0, settledMs: [] as number[] };
  try {
    for (let number = 0; number < given.trials; number += 1) {
      for (const backend of given.backends) {
        signal.throwIfAborted();
        const { short, poison } = given;
        const plan = planTrial({
          seed: given.seed + number,
          backend,
          short,
          ...(poison !== undefined && { poison }),
        });
        const limitMs = plan.poison.length > 0 ? POISON_LIMIT_MS : LIMIT_MS;
        console.log(`\ntrial ${tally.trials + 1}: seed ${plan.seed} on ${backend}`);
        const report = await runTrial({
          plan,
          postgres,
          signal,
          limitMs,
          ...(given.verbose && {
            onNote: ({ at, what }) => console.log(`  ${(at / 1_000).toFixed(1)} ${what}`),
          }),
        });
        const failed = report.violations.length > 0;
        console.log(
          describeReport(report, failed || given.keep ? keepArtefacts(report) : undefined),
        );
        tally.trials += 1;
        tally.idle += report.killedUnderLoad === 0 ? 1 : 0;
        tally.violated += failed ? 1 : 0;
        tally.targets += report.targets;
        tally.settledMs.push(report.settledMs);
      }
    }
  } finally {
    await postgres.stop();
  }
  if (tally.idle > 0) {
    console.log(`\n${tally.idle} do not count: nobody was killed while work was outstanding`);
  }
  const slowest = Math.max(...tally.settledMs) / 1_000;
  console.log(
    `\n${tally.trials} trials, ${tally.targets} targets, ${tally.violated} with violations; ` +
      `slowest to settle ${slowest.toFixed(1)} s`,
  );
  return tally.violated === 0;
}
