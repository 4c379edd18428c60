import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';
import { CommandFailed } from './exit-codes.ts';

// What most commands do not need is imported where it is needed: it takes as long as the rest of them.

/**
 * Do something with a database whose schema fits, and let go of it.
 * @throws {SchemaOutdatedError} that names the mending command.
 */
export async function withDatabase<T>(
  url: string,
  work: (db: Kysely<Database>) => Promise<T>,
): Promise<T> {
  const { assertSchema, createDatabase } = await import('@usher/db');
  return reachingPostgres(async () => {
    const db = createDatabase({ url, application: 'usher-cli', poolSize: 4 });
    try {
      await assertSchema(db);
      return await work(db);
    } finally {
      await db.destroy();
    }
  });
}

/** @throws {CommandFailed} `unreachable` where Postgres does not answer. */
export async function reachingPostgres<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { isConnectionLost } = await import('@usher/db');
    if (!isConnectionLost(error)) throw error;
    const cause = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new CommandFailed(
      'unreachable',
      `Postgres cannot be reached (${cause}). Check DATABASE_URL, or start a stack with \`npm start\`.`,
      { cause: error },
    );
  }
}
