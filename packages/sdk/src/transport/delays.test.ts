import { afterEach, describe, expect, test, vi } from 'vitest';
import { UsherConnectionError, UsherError } from '../errors.ts';
import { delayAfter } from './delays.ts';

const lost = new UsherConnectionError('lost');
const asking = (retryAfterMs: number) =>
  new UsherError('later', {
    status: 503,
    code: 'unavailable',
    requestId: undefined,
    details: [],
    existing: undefined,
    retryAfterMs,
  });

afterEach(() => void vi.restoreAllMocks());

describe.each([
  { failures: 1, longest: 500 },
  { failures: 2, longest: 1_000 },
  { failures: 3, longest: 2_000 },
  { failures: 5, longest: 8_000 },
  { failures: 50, longest: 8_000 },
])('after $failures failures', ({ failures, longest }) => {
  test(`the pause is anything from nothing to ${longest} ms`, () => {
    const random = vi.spyOn(Math, 'random');
    random.mockReturnValue(0);
    expect(delayAfter(lost, failures)).toBe(0);
    random.mockReturnValue(0.5);
    expect(delayAfter(lost, failures)).toBe(longest / 2);
    random.mockReturnValue(1);
    expect(delayAfter(lost, failures)).toBe(longest);
  });
});

test('what the server asks for is the least, and a little is added, since others were told the same', () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  expect(delayAfter(asking(3_000), 9)).toBe(3_000);
  random.mockReturnValue(1);
  expect(delayAfter(asking(3_000), 1)).toBe(3_600);
  expect(delayAfter(asking(60_000), 1)).toBe(61_000);
});
