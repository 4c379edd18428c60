import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';

/** Forget the minutes that are over. @returns how many rows went. */
export async function pruneRateWindows(db: Kysely<Database>): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('rate_windows')
    .where('minute', '<', sql<number>`floor(extract(epoch from now()) / 60)::bigint - 1`)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
