import { join } from 'node:path';
import { freePort, startProcess } from '@usher/infra';
import { sql } from 'kysely';
import { createDatabase } from '@usher/db';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

const root = join(import.meta.dirname, '../..');
const services = ['api', 'worker'] as const;

async function bootFailure(service: string, env: NodeJS.ProcessEnv): Promise<string> {
  const lines: string[] = [];
  const started = startProcess({
    name: service,
    file: join(root, `services/${service}/src/main.ts`),
    env: { PATH: process.env.PATH, ...env },
    onLine: (line) => lines.push(line),
    readyLine: () => false,
  });
  await expect(started).rejects.toThrow();
  return lines.join('\n');
}

test.each(services)(
  '%s refuses to boot on a bad configuration and names every variable',
  async (service) => {
    const said = await bootFailure(service, {
      DATABASE_URL: 'nonsense',
      SECRET_KEY: 'short',
      PORT: 'eighty',
      HOST: '127.0.0.1',
    });
    expect(said).toMatch(/DATABASE_URL: must be a postgres:\/\/ address/);
    expect(said).toMatch(/SECRET_KEY: must be 32 bytes/);
    expect(said).toMatch(/PORT/);
    expect(said).not.toContain('    at ');
  },
);

test.each(services)(
  '%s on a database without its schema says which command mends it',
  async (service) => {
    const database = await createTestDatabase();
    const db = createDatabase({ url: database.url, application: 'test' });
    const env = {
      DATABASE_URL: database.url,
      SMTP_URL: 'smtp://127.0.0.1:1',
      PORT: '0',
      WORKER_PORT: '0',
    };
    await sql`delete from usher_migrations where name like '0003%'`.execute(db);
    expect(await bootFailure(service, env)).toMatch(
      /older than this build: 0003.*Run `usher migrate`/,
    );
    await sql`drop table usher_migrations`.execute(db);
    expect(await bootFailure(service, env)).toMatch(/no Usher schema yet.*Run `usher migrate`/);
    await db.destroy();
    await database.drop();
  },
);

test.each(services)(
  '%s that still waits for Postgres stops on SIGTERM, in peace',
  async (service) => {
    const lines: string[] = [];
    const child = await startProcess({
      name: service,
      file: join(root, `services/${service}/src/main.ts`),
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: `postgres://127.0.0.1:${await freePort()}/none`,
        SMTP_URL: 'smtp://127.0.0.1:1',
        PORT: '0',
        WORKER_PORT: '0',
      },
      onLine: (line) => lines.push(line),
    });
    await waitFor('it waits', () => lines.some((line) => line.includes('waiting for Postgres')));
    expect(await child.stop(20_000)).toEqual({ code: 0, signal: null });
  },
);
