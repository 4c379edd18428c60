import type { DatabaseFacts } from '@usher/db';
import { expect, test } from 'vitest';
import { judgePostgres } from './check-postgres.ts';

const right: DatabaseFacts = {
  version: '18.4',
  major: 18,
  clockAheadMs: 3,
  clockErrorMs: 1,
  readOnly: false,
  maxConnections: 297,
  connections: 5,
  settings: { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', autovacuum: 'on' },
};
const judge = (changed: Partial<DatabaseFacts>, queueInIt = true, workers = 1) =>
  judgePostgres({ ...right, ...changed }, queueInIt, workers)
    .filter(({ status }) => status !== 'ok')
    .map(({ check, status }) => `${check} ${status}`);

test('a Postgres as it should be has nothing to mend', () => {
  expect(judge({})).toEqual([]);
});

test.each([
  [{ major: 13 }, 'postgres problem'],
  [{ readOnly: true }, 'postgres problem'],
  [{ clockAheadMs: 700 }, 'clock warning'],
  [{ clockAheadMs: -700 }, 'clock warning'],
  [{ clockAheadMs: 2_500 }, 'clock problem'],
  [{ maxConnections: 67 }, 'connections problem'],
  [{ maxConnections: 80 }, 'connections warning'],
] as const)('%j is told: %s', (changed, told) => {
  expect(judge(changed)).toEqual([told]);
});

test('a clock seems wrong by what the way took, which does not count', () => {
  expect(judge({ clockAheadMs: 2_300, clockErrorMs: 2_000 })).toEqual([]);
});

test('each worker counts, with fewer connections where the queue is elsewhere', () => {
  expect(judge({ maxConnections: 150 }, true, 3)).toEqual(['connections problem']);
  expect(judge({ maxConnections: 150 }, false, 3)).toEqual([]);
});
