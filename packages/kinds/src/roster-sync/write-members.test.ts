import { randomBytes } from 'node:crypto';
import { createDatabase, migrate } from '@usher/db';
import { createGroup, createOrganization } from '@usher/directory';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { writeMembers } from './write-members.ts';

// Tests have a database that sorts by code point; others have one that sorts as people do.
const name = `test_${randomBytes(8).toString('hex')}`;
const asAdmin = async (statement: string) => {
  const db = createDatabase({ url: inject('postgresUrl'), application: 'admin' });
  await sql.raw(statement).execute(db);
  await db.destroy();
};
const url = () => Object.assign(new URL(inject('postgresUrl')), { pathname: `/${name}` }).href;

beforeAll(async () => {
  await asAdmin(
    `create database ${name} template template0 locale_provider icu icu_locale 'en-US' locale 'C'`,
  );
  await migrate(url());
});
afterAll(() => asAdmin(`drop database if exists ${name} with (force)`));

test('users are made in the order in which Postgres sorts addresses, as everywhere', async () => {
  const db = createDatabase({ url: url(), application: 'write-members-test' });
  const { id: orgId } = await createOrganization(db, { name: 'Acme' });
  const { id: groupId } = await createGroup(db, orgId, { name: 'Team', websiteIds: [] });
  const members = ['zoe', 'a_1', 'émile', 'a01', 'eve'].map((first) => ({
    reference_id: first,
    first_name: first,
    last_name: 'Lee',
    email: `${first}@order.example`,
  }));
  const { added } = await db
    .transaction()
    .execute((trx) => writeMembers(trx, { orgId, groupId }, [...members]));
  const made = await db.selectFrom('users').select('email').orderBy('number').execute();
  const { rows } = await sql<{ email: string }>`select email from users order by email`.execute(db);
  await db.destroy();
  expect(added).toHaveLength(5);
  expect(made).toEqual(rows);
});
