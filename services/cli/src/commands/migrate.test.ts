import { createDatabase, SCHEMA_VERSION } from '@usher/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../../../test/support/database.ts';
import { runCommand } from '../testing/run-command.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  database = await createTestDatabase();
  const db = createDatabase({ url: database.url, application: 'cli-test', poolSize: 1 });
  await sql`drop schema public cascade; create schema public`.execute(db);
  await db.destroy();
});
afterAll(() => database.drop());

test('an empty database names the command that mends it; migrating twice applies once', async () => {
  const usher = (...args: string[]) => runCommand(args, { DATABASE_URL: database.url });
  const early = await usher('org', 'create', '--name', 'Acme');
  expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining('usher migrate') });
  const first = JSON.parse((await usher('migrate', '--json')).stdout);
  expect(first).toMatchObject({ schema: SCHEMA_VERSION });
  expect(first.applied.at(-1)).toBe(SCHEMA_VERSION);
  const second = await usher('migrate', '--json');
  expect(JSON.parse(second.stdout)).toEqual({ applied: [], schema: SCHEMA_VERSION });
  expect((await usher('org', 'create', '--name', 'Acme')).code).toBe(0);
});
