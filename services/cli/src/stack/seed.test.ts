import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, type Database } from '@usher/db';
import { createOrganization, findCaller, listGroups } from '@usher/directory';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../../../../test/support/database.ts';
import { seed } from './seed.ts';

let db: Kysely<Database>;
let folder: string;
let drop: () => Promise<void>;

beforeEach(async () => {
  const database = await createTestDatabase();
  drop = () => database.drop();
  db = createDatabase({ url: database.url, application: 'cli-test', poolSize: 4 });
  folder = mkdtempSync(join(tmpdir(), 'usher-seed-'));
});
afterEach(async () => {
  await db.destroy();
  await drop();
  rmSync(folder, { recursive: true });
});

test('an empty database gets two organizations whose keys work, one of them a partner', async () => {
  const organizations = await seed(db, folder);
  expect(organizations.map(({ partner }) => partner)).toEqual([false, true]);
  for (const organization of organizations) {
    expect(organization.website_ids).toHaveLength(20);
    const groups = await listGroups(db, organization.id);
    expect(groups.map(({ id }) => id)).toEqual(organization.group_ids);
    expect(groups.map(({ websites }) => websites.length)).toEqual([4, 4, 4, 4, 4]);
    const global = await findCaller(db, organization.api_key);
    expect(global?.caller).toMatchObject({ orgId: organization.id, scopedTo: null });
    const scoped = await findCaller(db, organization.scoped_api_key);
    expect(scoped?.caller.scopedTo).toEqual(organization.website_ids.slice(0, 3));
  }
});

test('the second run finds the same organizations and keys, readable by their owner alone', async () => {
  const first = await seed(db, folder);
  expect(await seed(db, folder)).toEqual(first);
  expect(JSON.parse(readFileSync(join(folder, 'seed.json'), 'utf8'))).toEqual(first);
  expect(statSync(join(folder, 'seed.json')).mode & 0o777).toBe(0o600);
});

test('a database with organizations of its own is left alone', async () => {
  await createOrganization(db, { name: 'Mine' });
  expect(await seed(db, folder)).toEqual([]);
  const found = await db.selectFrom('organizations').select('name').execute();
  expect(found).toEqual([{ name: 'Mine' }]);
});
