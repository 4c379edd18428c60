import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import type { Arguments } from '../arguments.ts';
import { keepArtefacts } from '../keep-artefacts.ts';
import type { BackendName } from '../plan/plan.ts';
import { planTrial } from '../plan/plan-trial.ts';
import { describeReport } from '../print-report.ts';
import { runTrial, type TrialReport } from '../run-trial.ts';
import { startTrialPostgres, type TrialPostgres } from '../servers/trial-postgres.ts';
import type { Guard } from './guard.ts';
import { guards } from './guards.ts';

const SWITCH_OFF = pathToFileURL(join(import.meta.dirname, 'switch-off.ts')).href;

interface Finding {
  guard: Guard;
  backend: BackendName;
  /** Trials and seconds until a violation showed it; undefined where none did. */
  found?: { trials: number; seconds: number; what: string };
  /** What the same trial came to with the guard on. */
  withGuard: string;
}

/**
 * Switch off one guard after another, and run trials until the checker catches that.
 * @returns whether it did for every guard that stands alone, and found nothing while they were on.
 */
export async function runControl(given: Arguments, signal: AbortSignal): Promise<boolean> {
  const chosen = guards.filter(
    ({ name }) => given.without.length === 0 || given.without.includes(name),
  );
  const unknown = given.without.filter((name) => !guards.some((guard) => guard.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `no guard ${unknown.join()}; there are: ${guards.map(({ name }) => name).join(', ')}`,
    );
  }
  const findings: Finding[] = [];
  const postgres = await startTrialPostgres();
  try {
    for (const guard of chosen) {
      for (const backend of given.backends) {
        const finding = await catchWithout(guard, backend, { given, signal, postgres });
        findings.push(finding);
        console.log(`${describeFinding(finding)}\n`);
      }
    }
  } finally {
    await postgres.stop();
  }
  console.log(findings.map(describeFinding).join('\n'));
  return findings.every(
    ({ guard, found, withGuard }) => (found || !guard.alone) && withGuard === 'no violations',
  );
}

interface Setting {
  given: Arguments;
  signal: AbortSignal;
  postgres: TrialPostgres;
}

async function catchWithout(
  guard: Guard,
  backend: BackendName,
  setting: Setting,
): Promise<Finding> {
  const on = await runOne(guard, backend, setting, { seed: setting.given.seed, off: false });
  const first = on.violations[0];
  if (first) console.log(describeReport(on, keepArtefacts(on)));
  const withGuard = first ? `${first.invariant} ${first.what}` : 'no violations';
  const began = performance.now();
  // What need not show is only looked at.
  const most = guard.alone ? setting.given.trials : 1;
  for (let trials = 1; trials <= most; trials += 1) {
    const seed = setting.given.seed + trials - 1;
    const report = await runOne(guard, backend, setting, { seed, off: true });
    if (setting.given.keep) console.log(describeReport(report, keepArtefacts(report)));
    const violation = report.violations.find(({ invariant }) => guard.shows.includes(invariant));
    if (violation) {
      const seconds = Math.round((performance.now() - began) / 1_000);
      const what = `${violation.invariant} ${violation.what.slice(0, 140)}`;
      return { guard, backend, withGuard, found: { trials, seconds, what } };
    }
  }
  return { guard, backend, withGuard };
}

function runOne(
  guard: Guard,
  backend: BackendName,
  { given, signal, postgres }: Setting,
  { seed, off }: { seed: number; off: boolean },
): Promise<TrialReport> {
  console.log(`${guard.name} ${off ? 'off' : 'on'}, seed ${seed} on ${backend}`);
  signal.throwIfAborted();
  return runTrial({
    plan: guard.adjust(planTrial({ seed, backend, short: true, poison: false })),
    postgres,
    signal,
    limitMs: guard.limitMs,
    occasionMs: 30_000,
    sql: [guard.setting, off ? guard.sql : undefined].filter(Boolean).join(';\n'),
    ...(off && {
      environment: { NODE_OPTIONS: `--import=${SWITCH_OFF}`, FAULTS_WITHOUT: guard.name },
    }),
    ...(given.verbose && {
      onNote: ({ at, what }: { at: number; what: string }) =>
        console.log(`  ${(at / 1_000).toFixed(1)} ${what}`),
    }),
  });
}

function describeFinding({ guard, backend, found, withGuard }: Finding): string {
  const soon = found
    ? `caught after ${found.trials} trial${found.trials === 1 ? '' : 's'}, ${found.seconds} s: ${found.what}`
    : `NOT CAUGHT${guard.alone ? '' : ' (other guards hold the same)'}`;
  return `${guard.name} (${backend}) off: ${guard.without}\n  ${soon}\n  on: ${withGuard}`;
}
