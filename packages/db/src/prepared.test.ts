import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { createDatabase } from './create-database.ts';
import { prepared } from './prepared.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('a marked statement is parsed once per connection, any other each time', async () => {
  const db = createDatabase({ url: database.url, application: 'prepared-test', poolSize: 1 });
  try {
    for (const n of [1, 2, 3]) {
      const marked = await sql<{ n: number }>`${prepared} select ${n}::int + 1 as n`.execute(db);
      const other = await sql<{ n: number }>`select ${n}::int + 2 as n`.execute(db);
      expect([marked.rows, other.rows]).toEqual([[{ n: n + 1 }], [{ n: n + 2 }]]);
    }
    const { rows } = await sql`select statement from pg_prepared_statements`.execute(db);
    expect(rows).toEqual([{ statement: '/* prepared */ select $1::int + 1 as n' }]);
  } finally {
    await db.destroy();
  }
});

test('a table that gains a column keeps marked statements working', async () => {
  const db = createDatabase({ url: database.url, application: 'prepared-test', poolSize: 1 });
  try {
    await sql`create table things (id int primary key, name text)`.execute(db);
    await sql`insert into things values (1, 'one')`.execute(db);
    const read = () => sql`${prepared} select name from things where id = ${1}`.execute(db);
    expect((await read()).rows).toEqual([{ name: 'one' }]);
    await sql`alter table things add column more text`.execute(db);
    expect((await read()).rows).toEqual([{ name: 'one' }]);
  } finally {
    await db.destroy();
  }
});
