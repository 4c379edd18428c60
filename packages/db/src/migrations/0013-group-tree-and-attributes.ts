import { sql, type Kysely } from 'kysely';

/**
 * Groups have a parent, a description and attributes, and organizations say what attributes there are.
 * Whoever deletes a group takes it from its children first: to do so for one column alone is beyond
 * the foreign keys of Postgres 14.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table groups
      add column parent_id uuid,
      add column description text check (char_length(description) <= 10000),
      add column attributes jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
      add constraint groups_parent foreign key (org_id, parent_id) references groups (org_id, id),
      add constraint groups_not_own_parent check (parent_id <> id)`.execute(db);
  await sql`create index groups_by_parent on groups (parent_id) where parent_id is not null`.execute(
    db,
  );

  await sql`
    create table attribute_definitions (
      id uuid not null,
      org_id uuid not null references organizations (id),
      number bigint generated always as identity unique,
      name text not null check (char_length(name) between 1 and 255),
      type text not null check (
        type in ('text', 'date', 'single', 'multiple', 'user', 'yes/no', 'link', 'number')
      ),
      options text[] not null default '{}',
      required boolean not null default false,
      created_at timestamptz not null default now(),
      primary key (org_id, id),
      constraint attribute_definitions_name unique (org_id, name),
      constraint attribute_definitions_options check (
        (type in ('single', 'multiple')) = (cardinality(options) > 0)
      )
    )`.execute(db);
}
