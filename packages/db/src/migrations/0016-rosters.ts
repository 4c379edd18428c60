import { sql, type Kysely } from 'kysely';

/**
 * A group's roster: the people that its organization says are in it, by its own references, and what it
 * was last asked to be. Who has an email address is a member of the group too; such a membership goes
 * with its place on the roster, unlike one that came by an invite. A sync is told of also when its group
 * is gone.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table groups add column roster_version bigint not null default 0`.execute(db);
  await sql`alter table group_members add column from_roster boolean not null default false`.execute(
    db,
  );

  // How much work a task is where it is more than its targets: tenants are served by that.
  await sql`alter table tasks add column cost integer check (cost > 0)`.execute(db);

  // Held while a roster is written, which the group's own row need not be.
  await sql`
    create table rosters (
      org_id uuid not null,
      group_id uuid primary key,
      applied bigint not null default 0 check (applied >= 0),
      foreign key (org_id, group_id) references groups (org_id, id) on delete cascade
    )`.execute(db);

  await sql`
    create table roster_members (
      id uuid not null,
      org_id uuid not null,
      group_id uuid not null,
      reference_id text not null check (char_length(reference_id) between 1 and 255),
      first_name text not null check (char_length(first_name) <= 255),
      last_name text not null check (char_length(last_name) <= 255),
      user_id uuid,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (group_id, reference_id),
      foreign key (org_id, group_id) references groups (org_id, id) on delete cascade,
      foreign key (org_id, user_id) references users (org_id, id) on delete cascade
    )`.execute(db);
  await sql`create index roster_members_user on roster_members (user_id)
    where user_id is not null`.execute(db);

  await sql`
    create table roster_syncs (
      job_id uuid primary key references jobs (id) on delete cascade,
      org_id uuid not null references organizations (id),
      group_id uuid not null,
      version bigint not null check (version > 0),
      members jsonb not null check (jsonb_typeof(members) = 'array'),
      results jsonb check (jsonb_typeof(results) = 'object'),
      constraint roster_syncs_version unique (group_id, version)
    )`.execute(db);
}
