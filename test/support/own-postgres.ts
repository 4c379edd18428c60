import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@usher/db';
import { startPostgres, type Postgres } from '@usher/infra';
import { migrateQueue } from '@usher/queue';
import type { TestDatabase } from './database.ts';

export interface OwnPostgres extends TestDatabase {
  /** Fast shutdown, as an operator does it. */
  stop(): Promise<void>;
  /** As if it were killed: what was not flushed is lost. */
  crash(): Promise<void>;
  /** On the same port, with the same data. */
  start(): Promise<void>;
}

/**
 * A Postgres that a test may take away, migrated, on a port that it keeps.
 * @param settings as in postgresql.conf.
 */
export async function startOwnPostgres(
  settings: Record<string, string> = {},
): Promise<OwnPostgres> {
  const dataDir = join(tmpdir(), `usher-own-${randomBytes(6).toString('hex')}`);
  let postgres: Postgres = await startPostgres({ dataDir, durable: false, settings });
  const { port } = postgres;
  const url = postgres.url();
  await migrate(url);
  await migrateQueue(url);
  return {
    url,
    stop: () => postgres.stop(),
    async crash() {
      process.kill(postgres.pid, 'SIGQUIT');
      await postgres.exited;
      await postgres.stop();
    },
    async start() {
      postgres = await startPostgres({ dataDir, port, durable: false, settings });
    },
    async drop() {
      await postgres.stop({ removeData: true });
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
