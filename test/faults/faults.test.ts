import { afterAll, beforeAll, expect, test } from 'vitest';
import { planTrial } from './plan/plan-trial.ts';
import { describeReport } from './print-report.ts';
import { runTrial } from './run-trial.ts';
import { startTrialPostgres, type TrialPostgres } from './servers/trial-postgres.ts';

// `npm run test:faults` runs more of them, and larger ones.
let postgres: TrialPostgres;

beforeAll(async () => {
  postgres = await startTrialPostgres();
}, 120_000);
afterAll(() => postgres.stop());

test.each([
  { seed: 1, backend: 'redis' },
  { seed: 2, backend: 'postgres' },
] as const)(
  'killed processes, cut commits and a wiped queue violate nothing: seed $seed on $backend',
  async ({ seed, backend }) => {
    const report = await runTrial({
      plan: planTrial({ seed, backend, short: true }),
      postgres,
      signal: new AbortController().signal,
      limitMs: 150_000,
    });
    expect(report.violations, describeReport(report)).toEqual([]);
    expect(report.targets).toBeGreaterThanOrEqual(200);
    expect(report.webhooks).toBeGreaterThanOrEqual(50);
    expect(report.faults).toBeGreaterThanOrEqual(3);
    expect(report.killedUnderLoad).toBeGreaterThanOrEqual(1);
  },
  240_000,
);
