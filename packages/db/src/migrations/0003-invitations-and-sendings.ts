import { sql, type Kysely } from 'kysely';

/** Invitations (one recipient of a job), their invites (one per target), and the emails decided on. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table invitations (
      id uuid not null,
      org_id uuid not null references organizations (id),
      job_id uuid not null,
      email text not null,
      first_name text,
      last_name text,
      remaining integer not null check (remaining >= 0),
      created_at timestamptz not null default now(),
      accepted_at timestamptz,
      primary key (org_id, id),
      foreign key (org_id, job_id) references jobs (org_id, id)
    )`.execute(db);
  await sql`create unique index invitations_id on invitations (id)`.execute(db);
  await sql`create index invitations_job on invitations (job_id)`.execute(db);
  await sql`create index invitations_email on invitations (org_id, email)`.execute(db);

  await sql`
    create table invites (
      id uuid not null,
      org_id uuid not null,
      number bigint generated always as identity unique,
      invitation_id uuid not null,
      website_id uuid,
      group_id uuid,
      target_id uuid not null generated always as (coalesce(website_id, group_id)) stored,
      email text not null,
      role text not null check (role in ('admin', 'viewer')),
      state text not null default 'pending' check (state in ('pending', 'accepted', 'revoked', 'expired')),
      expires_at timestamptz not null,
      user_id uuid,
      created_at timestamptz not null default now(),
      decided_at timestamptz,
      primary key (org_id, id),
      foreign key (org_id, invitation_id) references invitations (org_id, id),
      foreign key (org_id, website_id) references websites (org_id, id) on delete cascade,
      foreign key (org_id, group_id) references groups (org_id, id) on delete cascade,
      foreign key (org_id, user_id) references users (org_id, id),
      constraint invites_one_target check (num_nonnulls(website_id, group_id) = 1),
      constraint invites_decided_once check ((state = 'pending') = (decided_at is null)),
      constraint invites_accepted_by_a_user check ((state = 'accepted') = (user_id is not null))
    )`.execute(db);
  await sql`create unique index invites_one_pending on invites (target_id, email)
    where state = 'pending'`.execute(db);
  await sql`create index invites_invitation on invites (invitation_id)`.execute(db);

  await sql`
    create table sendings (
      id uuid not null,
      org_id uuid not null references organizations (id),
      job_id uuid,
      purpose text not null,
      subject_id uuid not null,
      number integer not null default 1 check (number >= 1),
      state text not null default 'pending' check (state in ('pending', 'sent', 'unknown', 'failed')),
      recipient text not null,
      message_id text not null,
      attempts integer not null default 0,
      ambiguities integer not null default 0,
      last_code text,
      last_message text,
      created_at timestamptz not null default now(),
      sent_at timestamptz,
      primary key (org_id, id),
      unique (purpose, subject_id, number),
      foreign key (org_id, job_id) references jobs (org_id, id),
      constraint sendings_sent_at_when_sent check ((state = 'sent') = (sent_at is not null))
    )`.execute(db);
  await sql`create index sendings_job on sendings (job_id) where job_id is not null`.execute(db);
}
