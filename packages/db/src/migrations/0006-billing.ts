import { sql, type Kysely } from 'kysely';

/** Billing entities, one for each group that was ever to have one, and the credits of groups. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Until a request says otherwise its client may have been told 202: such a job is never fenced.
  await sql`alter table jobs add column acknowledged boolean not null default true`.execute(db);

  // No foreign key to the group, on purpose: what exists upstream outlives the group it was made for.
  await sql`
    create table billing_entities (
      group_id uuid primary key,
      org_id uuid not null references organizations (id),
      provider text not null check (char_length(provider) between 1 and 64),
      state text not null default 'intended' check (state in ('intended', 'provisioned')),
      epoch integer not null default 1 check (epoch >= 1),
      upstream_id text check (char_length(upstream_id) between 1 and 255),
      first_attempt_at timestamptz,
      answered boolean not null default false,
      holder_task uuid,
      holder_token uuid,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      provisioned_at timestamptz,
      unique (provider, upstream_id),
      constraint billing_entities_provisioned_whole check (
        (state = 'provisioned') = (upstream_id is not null)
        and (state = 'provisioned') = (provisioned_at is not null)
      ),
      constraint billing_entities_holder_whole check ((holder_task is null) = (holder_token is null))
    ) with (fillfactor = 80)`.execute(db);
  await sql`create index billing_entities_organization on billing_entities (org_id)`.execute(db);

  // `monthly` is what each month brings, and `next_reset_at` the first time that it did so anew: which
  // reset is next is computed when somebody asks.
  await sql`
    create table credits (
      org_id uuid not null,
      group_id uuid primary key,
      monthly numeric(18, 4) not null default 0 check (monthly >= 0),
      one_off numeric(18, 4) not null default 0 check (one_off >= 0),
      next_reset_at timestamptz not null,
      updated_at timestamptz not null default now(),
      foreign key (org_id, group_id) references groups (org_id, id) on delete cascade
    )`.execute(db);

  // An answer 5xx frees the keys of its job.
  await sql`create index idempotency_keys_job on idempotency_keys (job_id) where job_id is not null`.execute(
    db,
  );
  // What a sweep asks for: jobs whose flags their tasks must follow.
  await sql`drop index jobs_unfinished_flags`.execute(db);
  await sql`create index jobs_unfinished_flags on jobs (id) where finished_at is null
    and (paused_at is not null or cancel_requested_at is not null or fenced_at is not null)`.execute(
    db,
  );
}
