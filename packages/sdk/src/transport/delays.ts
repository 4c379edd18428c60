import { UsherConnectionError, UsherError } from '../errors.ts';

const BASE_MS = 500;
const CAP_MS = 8_000;

const PASSING = new Set([408, 425, 429]);
const NOT_IMPLEMENTED = 501;

/**
 * Whether another try may fare better. Every request may be tried again: GET, PUT and DELETE are
 * idempotent, and POST and PATCH carry an idempotency key, under which no 5xx is kept.
 */
export function isPassing(failure: unknown): failure is UsherError | UsherConnectionError {
  if (failure instanceof UsherConnectionError) return true;
  if (!(failure instanceof UsherError)) return false;
  return PASSING.has(failure.status) || isLost(failure);
}

/** Whether the request may have taken effect all the same. */
export const isLost = (failure: UsherError | UsherConnectionError): boolean =>
  failure instanceof UsherConnectionError ||
  (failure.status >= 500 && failure.status !== NOT_IMPLEMENTED);

/**
 * How long to wait before the next try: what the server asks for, and up to a fifth more, since others
 * were told the same; or full jitter below 0.5, 1, 2, … 8 s.
 * @param failures how many tries have failed, this one included.
 */
export function delayAfter(failure: UsherError | UsherConnectionError, failures: number): number {
  const asked = failure instanceof UsherError ? failure.retryAfterMs : undefined;
  if (asked !== undefined) return asked + Math.random() * Math.min(1_000, asked / 5);
  return Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** (failures - 1));
}
