import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@usher/db';
import { LockedError, startPostgres, type Postgres } from '@usher/infra';
import { migrateQueue } from '@usher/queue';
import { Client } from 'pg';
import type { TestDatabase } from '../../support/database.ts';
import type { SuiteOptions } from './suite.ts';

/** The same for every contestant: each commit is on disk before it is acknowledged. */
const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '30min',
};

export interface BenchPostgres {
  pid: number;
  version: string;
  settings: Readonly<Record<string, string>>;
  /** An empty database with the schema of this build, and of its queue. */
  createDatabase(): Promise<TestDatabase>;
}

/**
 * A Postgres of the bench's own that loses nothing, on data that goes when it stops.
 * @param atEnd told how to stop it, as soon as it runs.
 * @param more settings as in postgresql.conf, over the common ones.
 */
export async function startBenchPostgres(
  atEnd: SuiteOptions['atEnd'],
  more: Readonly<Record<string, string>> = {},
): Promise<BenchPostgres> {
  const settings = { ...SETTINGS, ...more };
  const postgres = await start(settings);
  atEnd(() => postgres.stop({ removeData: true }));
  let made = 0;
  const asAdmin = async (work: (client: Client) => Promise<unknown>): Promise<void> => {
    const client = new Client({ connectionString: postgres.url() });
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  };
  let version = '';
  await asAdmin(async (client) => {
    await client.query('create database template');
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    version = rows[0]?.server_version ?? '';
  });
  await migrate(postgres.url('template'));
  await migrateQueue(postgres.url('template'));
  return {
    pid: postgres.pid,
    version,
    settings,
    async createDatabase() {
      made += 1;
      const name = `round_${made}`;
      await asAdmin((client) => client.query(`create database ${name} template template`));
      return {
        url: postgres.url(name),
        drop: () => asAdmin((client) => client.query(`drop database ${name} with (force)`)),
      };
    },
  };
}

/** Numbered folders, not random ones: the next run finds, and ends, the server of a killed one. */
async function start(settings: Record<string, string>): Promise<Postgres> {
  const clone = createHash('sha256')
    .update(import.meta.dirname)
    .digest('hex')
    .slice(0, 12);
  for (let number = 1; ; number += 1) {
    const dataDir = join(tmpdir(), `usher-bench-${clone}-${number}`);
    try {
      return await startPostgres({ dataDir, fresh: true, settings });
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
    }
  }
}
