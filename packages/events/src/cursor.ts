import { decodeCursor, encodeCursor } from '@usher/contracts';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A page of rows newest first, of which one more than `limit` was asked for. */
export function pageOf<Row extends { id: string }>(
  rows: readonly Row[],
  limit: number,
): { page: Row[]; next_cursor: string } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last;
  return { page, next_cursor: more ? encodeCursor(last.id) : '' };
}

/** Of a list whose items show their id: that of the last one read is a cursor too. */
export const readCursorOrId = (cursor: string | undefined): string | null =>
  cursor && ID.test(cursor) ? cursor : readCursor(cursor);

/**
 * The id after which a page begins; null: the first page.
 * @throws {PublicError} `invalid_request` for a cursor that we did not make.
 */
export function readCursor(cursor: string | undefined): string | null {
  return cursor ? decodeCursor(cursor, ID) : null;
}
