import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@usher/db';
import { LockedError, startPostgres, type Postgres } from '@usher/infra';
import { migrateQueue } from '@usher/queue';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser's address of the tests' Postgres, database `postgres`. */
    postgresUrl: string;
  }
}

/** One Postgres for all tests, with a migrated database that each test file clones for itself. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startTestPostgres();
  try {
    const client = new Client({ connectionString: postgres.url() });
    await client.connect();
    try {
      await client.query('create database usher_template');
    } finally {
      await client.end();
    }
    await migrate(postgres.url('usher_template'));
    await migrateQueue(postgres.url('usher_template'));
  } catch (error) {
    await postgres.stop({ removeData: true });
    throw error;
  }
  project.provide('postgresUrl', postgres.url());
  return () => postgres.stop({ removeData: true });
}

/** Numbered folders, not random ones: the next run finds, and ends, the server of a killed one. */
async function startTestPostgres(): Promise<Postgres> {
  const clone = createHash('sha256')
    .update(import.meta.dirname)
    .digest('hex')
    .slice(0, 12);
  for (let number = 1; ; number += 1) {
    const dataDir = join(tmpdir(), `usher-test-${clone}-${number}`);
    try {
      return await startPostgres({ dataDir, fresh: true, durable: false });
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
    }
  }
}
