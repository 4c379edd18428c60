import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readVitestReport } from './read-vitest-report.ts';

const read = (report: unknown) => {
  const folder = mkdtempSync(join(tmpdir(), 'usher-report-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'report.json');
  if (report !== undefined) writeFileSync(path, JSON.stringify(report));
  return readVitestReport(path);
};

test('each failed test is counted and named, with the begin of what it said', () => {
  const { passed, failed, failures } = read({
    testResults: [
      {
        name: 'a.test.ts',
        status: 'failed',
        assertionResults: [
          { status: 'passed', fullName: 'one' },
          {
            status: 'failed',
            fullName: 'two',
            failureMessages: ['expected 1 to be 2'.padEnd(9e3)],
          },
        ],
      },
      { name: 'b.test.ts', status: 'failed', message: 'no such module', assertionResults: [] },
    ],
  });
  expect({ passed, failed }).toEqual({ passed: 1, failed: 2 });
  expect(failures[0]).toMatch(/^a\.test\.ts: two\nexpected 1 to be 2/);
  expect(failures[0]?.length).toBeLessThan(1_000);
  expect(failures[1]).toBe('b.test.ts: outside its tests\nno such module');
});

test('a run that left no report failed', () => {
  expect(read(undefined)).toMatchObject({ passed: 0, failed: 1 });
});
