import { sql, type Kysely } from 'kysely';

/**
 * An invite may be to the organization itself, beside a website or a group, and a user has a role there.
 * Postgres 14 cannot change what a column is generated from, so that `target_id` is made anew, and with
 * it the index that it takes along.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table users add column organization_role text not null default 'viewer'
      check (organization_role in ('admin', 'viewer'))`.execute(db);
  await sql`
    alter table invites
      add column organization_id uuid,
      drop constraint invites_one_target,
      drop column target_id`.execute(db);
  await sql`
    alter table invites
      add column target_id uuid not null
        generated always as (coalesce(website_id, group_id, organization_id)) stored,
      add constraint invites_one_target
        check (num_nonnulls(website_id, group_id, organization_id) = 1),
      add constraint invites_to_own_organization check (organization_id = org_id)`.execute(db);
  await sql`create unique index invites_one_pending on invites (target_id, email)
    where state = 'pending'`.execute(db);
}
