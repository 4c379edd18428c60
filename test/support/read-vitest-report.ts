import { existsSync, readFileSync } from 'node:fs';

export type Tally = { passed: number; failed: number };

type Report = {
  testResults: { status: string; assertionResults: { status: string }[] }[];
};

/** Count a JSON report of vitest's; a file that failed outside its tests counts as one failure. */
export function readVitestReport(path: string): Tally {
  const tally: Tally = { passed: 0, failed: 0 };
  if (!existsSync(path)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  for (const file of report.testResults) {
    const count = (status: string) =>
      file.assertionResults.filter((result) => result.status === status).length;
    const failed = count('failed');
    tally.passed += count('passed');
    tally.failed += failed === 0 && file.status === 'failed' ? 1 : failed;
  }
  return tally;
}
