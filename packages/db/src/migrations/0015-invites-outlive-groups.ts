import { sql, type Kysely } from 'kysely';

/**
 * What became of an invite is known also when its group is gone: one that was decided may have lost its
 * target, and a pending one has to be decided first. The index finds what a deleted group leaves behind.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table invites
      alter column target_id drop not null,
      drop constraint invites_one_target,
      add constraint invites_one_target check (
        num_nonnulls(website_id, group_id, organization_id) = 1
        or (num_nonnulls(website_id, group_id, organization_id) = 0 and state <> 'pending')
      )`.execute(db);
  await sql`create index invites_group on invites (group_id) where group_id is not null`.execute(
    db,
  );
}
