import { PublicError } from '@usher/contracts';

/**
 * The number in a path. What is none, or beyond 2^53, is the number of nothing.
 * @throws {PublicError} `not_found`.
 */
export function readNumber(params: unknown, what: 'Group' | 'Group attribute' | 'User'): number {
  const { id = '' } = params as { id?: string };
  const number = /^[1-9]\d*$/.test(id) ? Number(id) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw notFound(what);
  return number;
}

export const notFound = (what: string) => new PublicError('not_found', `${what} not found`);
