import { expect, test } from 'vitest';
import { count, futureTime } from './parse-arguments.ts';

test('times are read in UTC unless they say otherwise', () => {
  const times = {
    '2999-12-31': '2999-12-31T00:00:00.000Z',
    '2999-12-31T10:00': '2999-12-31T10:00:00.000Z',
    '2999-12-31T10:00:00Z': '2999-12-31T10:00:00.000Z',
    '2999-12-31T10:00:00+02:00': '2999-12-31T08:00:00.000Z',
  };
  for (const [written, meant] of Object.entries(times)) {
    expect(futureTime(written).toISOString()).toBe(meant);
  }
});

test('what is no time, or over, is refused', () => {
  for (const bad of ['', 'tomorrow', '2999', '2999-13-01', '2999-12-31 10:00', '1999-12-31']) {
    expect(() => futureTime(bad)).toThrow(/It must be/);
  }
});

test('a count is a whole number within its bounds', () => {
  expect(count(10)('10')).toBe(10);
  for (const bad of ['0', '11', '1.5', '-1', '', '1e1', 'x']) {
    expect(() => count(10)(bad)).toThrow('from 1 to 10');
  }
});
