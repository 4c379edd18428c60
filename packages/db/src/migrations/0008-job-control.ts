import { sql, type Kysely } from 'kysely';

/** What a redrive asks of the round that it begins. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table jobs add column resend_email boolean not null default false`.execute(db);
}
