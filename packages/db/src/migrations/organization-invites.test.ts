import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/database.ts';
import { createDatabase } from '../create-database.ts';
import { newId } from '../new-id.ts';
import { migrations } from './index.ts';

const NAME = '0014-organization-invites';

let database: TestDatabase;
let db: ReturnType<typeof createDatabase>;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, application: 'migration-test' });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

test('invites of before keep what they are to, and stay the one that is pending', async () => {
  await sql`drop schema public cascade`.execute(db);
  await sql`create schema public`.execute(db);
  for (const [name, migration] of Object.entries(migrations)) {
    if (name === NAME) break;
    await migration.up(db);
  }
  const [org, website, job, invitation] = [newId(), newId(), newId(), newId()];
  await sql`insert into organizations (id, name) values (${org}, 'Acme')`.execute(db);
  await sql`insert into websites (id, org_id, url, name)
    values (${website}, ${org}, 'a.example', 'a.example')`.execute(db);
  await sql`insert into users (id, org_id, email)
    values (${newId()}, ${org}, 'old@example.com')`.execute(db);
  await sql`insert into jobs (id, org_id, kind, input, target_ids, total, remaining, finished_at)
    values (${job}, ${org}, 'bulk-invite', '{}', '{}', 0, 0, now())`.execute(db);
  await sql`insert into invitations (id, org_id, job_id, email, remaining)
    values (${invitation}, ${org}, ${job}, 'a@example.com', 0)`.execute(db);
  const invite = () =>
    sql`insert into invites (id, org_id, invitation_id, website_id, email, role, expires_at)
      values (${newId()}, ${org}, ${invitation}, ${website}, 'a@example.com', 'viewer', now())`.execute(
      db,
    );
  await invite();

  await db.transaction().execute(async (trx) => migrations[NAME]?.up(trx));

  const { rows } = await sql`select target_id, organization_id from invites`.execute(db);
  expect(rows).toEqual([{ target_id: website, organization_id: null }]);
  await expect(invite()).rejects.toThrow('invites_one_pending');
  const users = await sql`select organization_role from users`.execute(db);
  expect(users.rows).toEqual([{ organization_role: 'viewer' }]);
});
