import { Pool } from 'pg';
import { recordTarget, type TargetMessage } from './record-target.ts';

/** The line that says: connected and waiting for work. */
export const READY = 'ready';

export interface ConsumerEnvironment {
  databaseUrl: string;
  redisUrl: string;
  /** What the queue is to do with each message. */
  handle(message: TargetMessage): Promise<void>;
}

/**
 * The life of a peer's worker: start, say so, and close on SIGTERM.
 * @param connections of the handlers' pool: one for each transaction at a time.
 */
export async function runConsumer(
  connections: number,
  start: (environment: ConsumerEnvironment) => Promise<() => Promise<unknown>>,
): Promise<void> {
  const { DATABASE_URL: databaseUrl = '', REDIS_URL: redisUrl = '' } = process.env;
  const pool = new Pool({ connectionString: databaseUrl, max: connections, min: connections });
  pool.on('error', (error) => console.error(error));
  const close = await start({
    databaseUrl,
    redisUrl,
    handle: (message) => recordTarget(pool, message),
  });
  process.once('SIGTERM', () => {
    void close()
      .then(() => pool.end())
      .finally(() => process.exit());
  });
  console.log(READY);
}
