import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';

/** Any number of our own: whoever holds this advisory lock is the one that reconciles by the clock. */
const LOCK_KEY = 7_405_518;

/**
 * Do `work` if no other process is at it. The lock is held on a connection of its own and passes on
 * when `work` ends, or with the connection.
 * @param work is given a check that throws when that connection is lost.
 * @returns whether the lock was free.
 */
export function whileLeading(
  db: Kysely<Database>,
  work: (assertLeading: () => Promise<void>) => Promise<void>,
): Promise<boolean> {
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{ leads: boolean }>`
      select pg_try_advisory_lock(${LOCK_KEY}) as leads`.execute(connection);
    if (!rows[0]?.leads) return false;
    try {
      await work(async () => void (await sql`select 1`.execute(connection)));
    } finally {
      // The connection goes back to the pool, and would keep the lock.
      await sql`select pg_advisory_unlock(${LOCK_KEY})`.execute(connection);
    }
    return true;
  });
}
