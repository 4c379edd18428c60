import { sql, type Kysely } from 'kysely';

/** What failed in earlier rounds and was left so: a failure threshold is of the round alone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table jobs add column failed_before integer not null default 0`.execute(db);
}
