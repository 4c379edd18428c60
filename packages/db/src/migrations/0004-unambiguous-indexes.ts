import { sql, type Kysely } from 'kysely';

/**
 * While a table is empty, every index that could serve a foreign key's look-up costs the same, and the
 * plan is kept: one by (org_id, email) read all users of the organization for each new member. An
 * index that begins with the address cannot be mistaken for the key.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table users add constraint users_email_key unique (email, org_id)`.execute(db);
  await sql`alter table users drop constraint users_org_id_email_key`.execute(db);
  await sql`drop index invitations_email`.execute(db);
  await sql`create index invitations_email on invitations (email, org_id)`.execute(db);
}
