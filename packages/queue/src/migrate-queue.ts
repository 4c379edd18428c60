import { assertSchemaCompatibility, runMigrations } from 'bullmq';
import { createQueuePool, QUEUE_SCHEMA } from './postgres-backend.ts';

/** Thrown when the queue's store does not fit this build; its message says what mends it. */
export class QueueUnfitError extends Error {
  override name = 'QueueUnfitError';
}

export const onPostgres = (url: string): boolean => /^postgres(ql)?:\/\//.test(url);

/** Each statement here is waited for, and fails with its connection; an idle one takes nothing along. */
const alreadyTold = (): void => undefined;

/** Bring the queue's own schema up to date. Nothing to do on Redis. Safe to run twice, or by two at once. */
export async function migrateQueue(url: string): Promise<void> {
  if (!onPostgres(url)) return;
  const pool = createQueuePool(url, 1, alreadyTold);
  const client = await pool.connect();
  try {
    await client.query('set statement_timeout = 0');
    await runMigrations(client, QUEUE_SCHEMA);
  } finally {
    client.release();
    await pool.end();
  }
}

/** @throws {QueueUnfitError} when the queue's schema is missing or does not fit this build. */
export async function assertQueueSchema(url: string): Promise<void> {
  const pool = createQueuePool(url, 1, alreadyTold);
  try {
    const client = await pool.connect();
    try {
      await assertSchemaCompatibility(client, QUEUE_SCHEMA);
    } finally {
      client.release();
    }
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('Schema')) {
      throw new QueueUnfitError(
        "The queue's schema is missing or does not fit this build. Run `usher migrate`.",
        { cause: error },
      );
    }
    throw error;
  } finally {
    await pool.end();
  }
}
