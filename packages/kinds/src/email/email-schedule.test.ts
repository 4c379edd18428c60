import { expect, test } from 'vitest';
import { nextAttempt } from './email-schedule.ts';

const MINUTE_MS = 60_000;

test('an email is tried after 1, 5 and 15 minutes, then hourly', () => {
  expect([1, 2, 3, 4, 5, 20].map((attempts) => nextAttempt(attempts, 1_000))).toEqual(
    [1, 5, 15, 60, 60, 60].map((minutes) => minutes * MINUTE_MS),
  );
});

test('it is given up when the next attempt would be later than 24 hours after the first', () => {
  let passed = 0;
  let attempts = 1;
  for (let pause = nextAttempt(attempts, 1_000); pause !== undefined;) {
    passed += pause;
    attempts += 1;
    pause = nextAttempt(attempts, 1_000);
  }
  expect(passed).toBeLessThanOrEqual(24 * 60 * MINUTE_MS);
  expect(passed).toBeGreaterThan(23 * 60 * MINUTE_MS);
});
