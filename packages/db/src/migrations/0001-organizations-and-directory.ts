import { sql, type Kysely } from 'kysely';

/**
 * Who there is: organizations, their keys, websites, groups, users and memberships.
 * The primary key of a tenant's row starts with `org_id`, so that every reference to it carries the
 * tenant too and a row of one organization cannot point into another.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table organizations (
      id uuid primary key,
      name text not null check (char_length(name) between 1 and 255),
      partner boolean not null default false,
      contact_email text,
      weight integer not null default 1 check (weight between 1 and 1000),
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db);

  await sql`
    create table api_keys (
      id uuid primary key,
      org_id uuid not null references organizations (id),
      name text not null default '',
      prefix text not null,
      hash bytea not null unique check (octet_length(hash) = 32),
      scoped boolean not null default false,
      read_only boolean not null default false,
      expires_at timestamptz,
      revoked_at timestamptz,
      created_at timestamptz not null default now(),
      unique (org_id, id)
    )`.execute(db);

  await sql`
    create table websites (
      id uuid not null,
      org_id uuid not null references organizations (id),
      url text not null check (char_length(url) between 1 and 2048),
      name text not null check (char_length(name) between 1 and 2048),
      external_id text check (char_length(external_id) between 1 and 255),
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (org_id, id)
    )`.execute(db);
  await sql`create unique index websites_external_id on websites (org_id, external_id)
    where external_id is not null`.execute(db);

  await sql`
    create table api_key_websites (
      org_id uuid not null,
      api_key_id uuid not null,
      website_id uuid not null,
      primary key (api_key_id, website_id),
      foreign key (org_id, api_key_id) references api_keys (org_id, id) on delete cascade,
      foreign key (org_id, website_id) references websites (org_id, id) on delete cascade
    )`.execute(db);

  await sql`
    create table groups (
      id uuid not null,
      org_id uuid not null references organizations (id),
      number bigint generated always as identity unique,
      name text not null check (char_length(name) between 1 and 255),
      external_id text check (char_length(external_id) between 1 and 255),
      billing_enabled boolean not null default false,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (org_id, id)
    )`.execute(db);
  await sql`create unique index groups_external_id on groups (org_id, external_id)
    where external_id is not null`.execute(db);

  await sql`
    create table group_websites (
      org_id uuid not null,
      group_id uuid not null,
      website_id uuid not null,
      created_at timestamptz not null default now(),
      primary key (group_id, website_id),
      foreign key (org_id, group_id) references groups (org_id, id) on delete cascade,
      foreign key (org_id, website_id) references websites (org_id, id) on delete cascade
    )`.execute(db);
  await sql`create index group_websites_website on group_websites (website_id)`.execute(db);

  await sql`
    create table users (
      id uuid not null,
      org_id uuid not null references organizations (id),
      number bigint generated always as identity unique,
      email text not null check (char_length(email) between 3 and 320 and email !~ '[A-Z]'),
      email_verified boolean not null default false,
      first_name text,
      last_name text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (org_id, id),
      unique (org_id, email)
    )`.execute(db);

  for (const [table, target] of [
    ['website_members', 'website'],
    ['group_members', 'group'],
  ] as const) {
    await sql`
      create table ${sql.table(table)} (
        org_id uuid not null,
        ${sql.ref(`${target}_id`)} uuid not null,
        user_id uuid not null,
        role text not null check (role in ('admin', 'viewer')),
        created_at timestamptz not null default now(),
        primary key (${sql.ref(`${target}_id`)}, user_id),
        foreign key (org_id, ${sql.ref(`${target}_id`)})
          references ${sql.table(`${target}s`)} (org_id, id) on delete cascade,
        foreign key (org_id, user_id) references users (org_id, id) on delete cascade
      )`.execute(db);
    await sql`create index ${sql.ref(`${table}_user`)} on ${sql.table(table)} (user_id)`.execute(
      db,
    );
  }

  // Requests counted per organization and minute: lost with a crash of Postgres, and that is fine.
  await sql`
    create unlogged table rate_windows (
      org_id uuid not null,
      minute bigint not null,
      used integer not null,
      primary key (org_id, minute)
    )`.execute(db);
}
