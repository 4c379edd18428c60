import type { Database } from '@usher/db';
import type { Kysely, Transaction } from 'kysely';

/** All of `work` or nothing: in the caller's transaction where there is one, else in one of its own. */
export function inTransaction<T>(
  db: Kysely<Database>,
  work: (trx: Kysely<Database>) => Promise<T>,
): Promise<T> {
  if (db.isTransaction) return work(db);
  return db.transaction().execute((trx: Transaction<Database>) => work(trx));
}
