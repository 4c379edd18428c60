import { sql, type Kysely } from 'kysely';

/**
 * Four big statements at once on the two cores of a small Postgres made another organization's small
 * job wait 3.4 times as long as on an idle system; two, at most twice as long. A Postgres with more
 * cores takes more: `update gates set cap = <cores> where name = 'database'`.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`update gates set cap = 2 where name = 'database' and cap = 4`.execute(db);
}
