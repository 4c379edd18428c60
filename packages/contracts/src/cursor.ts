import { PublicError } from './error-codes.ts';

/** Cursors are opaque to clients, so that what they hold may change. */
export const encodeCursor = (position: string): string =>
  Buffer.from(position).toString('base64url');

/** @throws {PublicError} `invalid_request` for a cursor that we did not make. */
export function decodeCursor(cursor: string, shape: RegExp): string {
  const position = Buffer.from(cursor, 'base64url').toString();
  if (shape.test(position)) return position;
  throw new PublicError('invalid_request', 'The cursor is not one that this list returned', {
    details: [{ path: 'cursor', message: 'use next_cursor as it was returned, or leave it out' }],
  });
}
