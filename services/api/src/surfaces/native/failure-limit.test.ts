import { JOB_MAX_TARGETS } from '@usher/contracts';
import { expect, test } from 'vitest';
import { failureLimit } from './failure-limit.ts';

/** In whole numbers, which are exact: `hundredths` of a percent. */
const exactly = (hundredths: number, total: number) => Math.ceil((hundredths * total) / 10_000);

function wrong(percents: readonly number[]): unknown[] {
  const found = [];
  for (const hundredths of percents) {
    for (let total = 1; total <= JOB_MAX_TARGETS; total += 1) {
      const limit = failureLimit({ percent: hundredths / 100 }, total);
      const expected = exactly(hundredths, total);
      if (limit !== expected) found.push({ percent: hundredths / 100, total, limit, expected });
    }
  }
  return found;
}

test('of every whole percentage and every total the limit is what it says, rounded up', () => {
  expect(wrong(Array.from({ length: 100 }, (_, at) => (at + 1) * 100))).toEqual([]);
});

test('so it is of percentages with two decimals', () => {
  expect(wrong([1, 28, 56, 57, 110, 115, 229, 701, 1_401, 3_333, 9_999])).toEqual([]);
});

test('the smallest percentage is one target, a count is itself, and none is none', () => {
  expect(failureLimit({ percent: Number.MIN_VALUE }, 1)).toBe(1);
  expect(failureLimit({ count: 3 }, 2)).toBe(3);
  expect(failureLimit(undefined, 2)).toBeUndefined();
});
