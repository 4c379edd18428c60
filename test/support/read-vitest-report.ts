import { existsSync, readFileSync } from 'node:fs';

export type Tally = { passed: number; failed: number };

type Report = {
  testResults: Array<{
    name: string;
    status: string;
    message?: string;
    assertionResults: Array<{ status: string; fullName: string; failureMessages?: string[] }>;
  }>;
};

const LONGEST = 600;

/**
 * Count a JSON report of vitest's; a file that failed outside its tests counts as one failure.
 * `failures` names each with the begin of what it said, short enough for the end of a log.
 */
export function readVitestReport(path: string): Tally & { failures: string[] } {
  const result = { passed: 0, failed: 0, failures: [] as string[] };
  if (!existsSync(path)) return { ...result, failed: 1, failures: ['vitest left no report'] };
  const { testResults } = JSON.parse(readFileSync(path, 'utf8')) as Report;
  for (const file of testResults) {
    result.passed += file.assertionResults.filter(({ status }) => status === 'passed').length;
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    for (const { fullName, failureMessages } of failed) {
      result.failures.push(describe(file.name, fullName, failureMessages?.join('\n')));
    }
    const elsewhere = file.status === 'failed' && failed.length === 0;
    if (elsewhere) result.failures.push(describe(file.name, 'outside its tests', file.message));
  }
  return { ...result, failed: result.failures.length };
}

function describe(file: string, test: string, message = ''): string {
  return `${file}: ${test}\n${message.slice(0, LONGEST)}`;
}
