import { sql, type Kysely } from 'kysely';
import pRetry from 'p-retry';
import { classifyFailure } from './failure.ts';
import type { Database } from './tables.ts';

/**
 * Resolve once Postgres answers. Only what passes by itself (refused, starting up, shutting down) is
 * waited for; a wrong password or a missing database is thrown at once.
 */
export async function waitForDatabase(
  db: Kysely<Database>,
  options: { signal: AbortSignal; onWaiting: (error: Error) => void },
): Promise<void> {
  await pRetry(() => sql`select 1`.execute(db), {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 250,
    maxTimeout: 2_000,
    signal: options.signal,
    shouldRetry: ({ error }) => classifyFailure(error) === 'again',
    onFailedAttempt: ({ error }) => options.onWaiting(error),
  });
}
