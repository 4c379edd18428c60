import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

export type TestDatabase = {
  url: string;
  /** Ends every connection to it and removes it. */
  drop(): Promise<void>;
};

/** A migrated, empty database of its own for one test file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  // Imported here: what runs outside vitest brings a database of its own, and cannot load it.
  const { inject } = await import('vitest');
  const adminUrl = inject('postgresUrl');
  await cloneTemplate(adminUrl, name);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () =>
      asAdmin(
        adminUrl,
        async (client) => void (await client.query(`drop database if exists ${name} with (force)`)),
      ),
  };
}

async function cloneTemplate(adminUrl: string, name: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      await asAdmin(adminUrl, (client) =>
        client.query(`create database ${name} template usher_template`),
      );
      return;
    } catch (error) {
      // 55006: something, autovacuum for one, is connected to the template just now.
      const busy = (error as { code?: string }).code === '55006';
      if (!busy || performance.now() > deadline) throw error;
      await delay(50);
    }
  }
}

async function asAdmin<T>(adminUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
