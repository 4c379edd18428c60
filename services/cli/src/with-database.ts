import { assertSchema, createDatabase, type Database } from '@usher/db';
import type { Kysely } from 'kysely';

/**
 * Do something with a database whose schema fits, and let go of it.
 * @throws {SchemaOutdatedError} that names the mending command.
 */
export async function withDatabase<T>(
  url: string,
  work: (db: Kysely<Database>) => Promise<T>,
): Promise<T> {
  const db = createDatabase({ url, application: 'usher-cli', poolSize: 4 });
  try {
    await assertSchema(db);
    return await work(db);
  } finally {
    await db.destroy();
  }
}
