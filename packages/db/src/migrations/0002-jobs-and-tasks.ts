import { sql, type Kysely } from 'kysely';

/** The engine's own tables: jobs, tasks, outcomes, gates, idempotency keys. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table jobs (
      id uuid primary key,
      org_id uuid not null references organizations (id),
      api_key_id uuid,
      kind text not null,
      input jsonb not null,
      target_ids uuid[] not null,
      request_id text,
      round integer not null default 1 check (round >= 1),
      total integer not null check (total >= 0),
      remaining integer not null check (remaining >= 0),
      succeeded integer not null default 0 check (succeeded >= 0),
      failed integer not null default 0 check (failed >= 0),
      canceled integer not null default 0 check (canceled >= 0),
      failure_limit integer check (failure_limit >= 1),
      start_at timestamptz,
      cancel_requested_at timestamptz,
      paused_at timestamptz,
      fenced_at timestamptz,
      created_at timestamptz not null default now(),
      started_at timestamptz,
      finished_at timestamptz,
      unique (org_id, id),
      foreign key (org_id, api_key_id) references api_keys (org_id, id),
      constraint jobs_targets_counted check (cardinality(target_ids) = total),
      constraint jobs_counts_add_up check (succeeded + failed + canceled + remaining = total),
      constraint jobs_finished_when_nothing_remains check ((remaining = 0) = (finished_at is not null))
    ) with (fillfactor = 80)`.execute(db);
  await sql`create index jobs_unfinished_flags on jobs (id)
    where finished_at is null and (paused_at is not null or cancel_requested_at is not null)`.execute(
    db,
  );

  await sql`
    create table tasks (
      id uuid primary key,
      org_id uuid not null references organizations (id),
      kind text not null,
      job_id uuid,
      subject_id uuid,
      round integer not null default 1,
      positions integer[] not null default '{}',
      target_ids uuid[] not null default '{}',
      attempts integer not null default 0 check (attempts >= 0),
      deaths integer not null default 0 check (deaths >= 0),
      suspect boolean not null default false,
      last_code text,
      last_message text,
      lease_token uuid,
      leased_until timestamptz,
      lane text not null,
      gate text,
      due_at timestamptz not null default now(),
      sent_at timestamptz,
      held boolean not null default false,
      created_at timestamptz not null default now(),
      foreign key (org_id, job_id) references jobs (org_id, id),
      constraint tasks_target_each_position check (cardinality(positions) = cardinality(target_ids)),
      constraint tasks_targets_or_subject
        check ((subject_id is null) = (cardinality(positions) > 0) and (subject_id is not null or job_id is not null)),
      constraint tasks_lease_whole check ((lease_token is null) = (leased_until is null))
    ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`.execute(
    db,
  );
  // What waits, in the order in which the dispatcher asks for it.
  await sql`create index tasks_waiting on tasks (lane, org_id, due_at, id)
    where sent_at is null and not held`.execute(db);
  // What the queue holds: small, since the windows are.
  await sql`create index tasks_sent on tasks (lane, sent_at) where sent_at is not null`.execute(db);
  await sql`create index tasks_job on tasks (job_id) where job_id is not null`.execute(db);
  await sql`create index tasks_held on tasks (job_id) where held`.execute(db);
  await sql`create unique index tasks_subject on tasks (kind, subject_id)
    where subject_id is not null`.execute(db);

  await sql`
    create table outcomes (
      job_id uuid not null,
      round integer not null,
      position integer not null,
      org_id uuid not null,
      target_id uuid not null,
      status text not null check (status in ('succeeded', 'failed', 'canceled')),
      code text not null,
      message text not null,
      retryable boolean not null default false,
      attempts integer not null,
      detail jsonb,
      xid xid8 not null default pg_current_xact_id(),
      recorded_at timestamptz not null default now(),
      primary key (job_id, round, position)
    )`.execute(db);
  // An outcome is the final word: the database itself refuses to change or remove one.
  await sql`
    create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception 'rows of % are insert-only', tg_table_name using errcode = '23001';
    end $$`.execute(db);
  await sql`create trigger outcomes_insert_only before update or delete or truncate on outcomes
    for each statement execute function refuse_change()`.execute(db);

  await sql`
    create table gates (
      name text primary key,
      cap integer not null check (cap >= 1),
      failures integer not null default 0 check (failures >= 0),
      closed_until timestamptz,
      probe_task_id uuid,
      probe_until timestamptz,
      constraint gates_probe_whole check ((probe_task_id is null) = (probe_until is null))
    )`.execute(db);
  // Big statements run near Postgres' core count: more at once only slow the small ones down.
  await sql`insert into gates (name, cap) values ('database', 4)`.execute(db);

  await sql`
    create table idempotency_keys (
      org_id uuid not null references organizations (id),
      route text not null,
      key text not null check (char_length(key) between 1 and 255),
      body_hash bytea not null,
      job_id uuid,
      status integer,
      body jsonb,
      created_at timestamptz not null default now(),
      primary key (org_id, route, key),
      constraint idempotency_keys_job_or_answer check ((job_id is null) or (status is null and body is null))
    )`.execute(db);
  await sql`create index idempotency_keys_age on idempotency_keys (created_at)`.execute(db);
}
