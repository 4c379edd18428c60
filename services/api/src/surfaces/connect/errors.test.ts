import { ERRORS, PublicError, type ErrorCode } from '@usher/contracts';
import { expect, test } from 'vitest';
import { connectError, retryHeaders } from './errors.ts';

const codes = Object.keys(ERRORS) as ErrorCode[];
const FINAL: Record<string, string> = { 'x-should-retry': 'false' };

test.each(codes)('%s forbids a retry if it is a 409, and else leaves it to the client', (code) => {
  const error = new PublicError(code, 'No');
  expect(retryHeaders(error)).toEqual(error.status === 409 ? FINAL : {});
});

test('a 409 that says when to come back does not forbid it', () => {
  const error = new PublicError('state_conflict', 'Wait', { retryAfterSeconds: 2 });
  expect(retryHeaders(error)).toEqual({ 'retry-after-ms': '2000' });
});

test.each([
  [0, '0'],
  [1, '1000'],
  [59, '59000'],
  [60, '59999'],
  [3_600, '59999'],
])('%i seconds are %s ms: a minute and more, clients would not wait at all', (seconds, ms) => {
  const error = new PublicError('rate_limited', 'No', { retryAfterSeconds: seconds });
  expect(retryHeaders(error)).toEqual({ 'retry-after-ms': ms });
});

test('of many places at fault ten are named, and the rest counted', () => {
  const wrong = (count: number) => {
    const details = Array.from({ length: count }, (_, at) => ({ path: `m.${at}`, message: 'no' }));
    return connectError(new PublicError('invalid_request', 'm.0: no', { details }), 'trace')
      .message;
  };
  expect(wrong(1)).toBe('m.0: no');
  expect(wrong(2)).toBe('Validation failed: m.0: no; m.1: no');
  expect(wrong(10)).toMatch(/; m\.9: no$/);
  expect(wrong(1_000)).toMatch(/; m\.9: no; and 990 more$/);
});
