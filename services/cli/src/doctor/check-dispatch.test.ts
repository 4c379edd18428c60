import { expect, test } from 'vitest';
import { checkDispatch } from './check-dispatch.ts';

const leader = { application: 'usher-dispatcher-7', address: '10.0.0.7' };
const idle = { workers: 1, leader, due: 0, oldestDueMs: null };
const statuses = (facts: Parameters<typeof checkDispatch>[0]) =>
  checkDispatch(facts).map(({ check, status }) => `${check} ${status}`);

test('a worker that leads, and little that waits, is as it should be', () => {
  expect(statuses(idle)).toEqual(['workers ok', 'dispatcher ok']);
  expect(statuses({ ...idle, due: 500, oldestDueMs: 4_000 })).toEqual([
    'workers ok',
    'dispatcher ok',
  ]);
});

test('what has been due for more than a minute is worth a look', () => {
  expect(statuses({ ...idle, due: 2, oldestDueMs: 61_000 })).toEqual([
    'workers ok',
    'dispatcher warning',
  ]);
});

test('nobody who dispatches is a problem, whether or not there are workers', () => {
  expect(statuses({ ...idle, leader: null })).toEqual(['workers ok', 'dispatcher problem']);
  expect(statuses({ ...idle, workers: 0, leader: null })).toEqual(['workers problem']);
});
