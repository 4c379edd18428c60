import { sql, type Kysely } from 'kysely';

/** Events, the endpoints that want them, their deliveries, and each attempt at one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // `job_id`: the callback of that job alone. `last_sequence` counts what was dispatched to it.
  await sql`
    create table webhook_endpoints (
      id uuid not null,
      org_id uuid not null references organizations (id),
      job_id uuid,
      gate text not null,
      url text not null check (char_length(url) between 1 and 2048),
      event_types text[] not null check (cardinality(event_types) > 0),
      in_order boolean not null default false,
      last_sequence bigint not null default 0 check (last_sequence >= 0),
      failing_since timestamptz,
      disabled_at timestamptz,
      disabled_reason text,
      disablings integer not null default 0 check (disablings >= 0),
      deleted_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (org_id, id),
      foreign key (org_id, job_id) references jobs (org_id, id),
      constraint webhook_endpoints_disabled_whole check ((disabled_at is null) = (disabled_reason is null))
    ) with (fillfactor = 80)`.execute(db);
  // Who listens to an organization's jobs, or to this job: asked for each job that finishes.
  await sql`create index webhook_endpoints_listening on webhook_endpoints (org_id, job_id)
    where deleted_at is null`.execute(db);

  await sql`create index webhook_endpoints_gate on webhook_endpoints (gate)`.execute(db);
  await sql`create index webhook_endpoints_age on webhook_endpoints (created_at)`.execute(db);

  // The one without an end signs alone, once those before it have ended.
  await sql`
    create table webhook_secrets (
      id uuid primary key,
      org_id uuid not null,
      endpoint_id uuid not null,
      sealed bytea not null,
      created_at timestamptz not null default now(),
      expires_at timestamptz,
      foreign key (org_id, endpoint_id) references webhook_endpoints (org_id, id) on delete cascade
    )`.execute(db);
  await sql`create unique index webhook_secrets_current on webhook_secrets (endpoint_id)
    where expires_at is null`.execute(db);
  await sql`create index webhook_secrets_endpoint on webhook_secrets (org_id, endpoint_id)`.execute(
    db,
  );

  await sql`
    create table events (
      id uuid not null,
      org_id uuid not null references organizations (id),
      type text not null,
      job_id uuid,
      round integer,
      position integer,
      data json not null,
      created_at timestamptz not null default clock_timestamp(),
      primary key (org_id, id),
      constraint events_of_a_round check ((job_id is null) = (round is null))
    )`.execute(db);
  // What ends once is told once, whoever records it.
  await sql`create unique index events_once on events (job_id, round, type, coalesce(position, -1))
    where job_id is not null`.execute(db);
  await sql`create index events_age on events (created_at)`.execute(db);

  await sql`
    create table deliveries (
      id uuid not null,
      org_id uuid not null,
      endpoint_id uuid not null,
      event_id uuid not null,
      sequence bigint check (sequence >= 1),
      state text not null default 'pending'
        check (state in ('pending', 'retrying', 'delivered', 'exhausted', 'disabled')),
      attempts integer not null default 0 check (attempts >= 0),
      last_code text,
      created_at timestamptz not null default now(),
      ended_at timestamptz,
      primary key (org_id, id),
      foreign key (org_id, endpoint_id) references webhook_endpoints (org_id, id),
      foreign key (org_id, event_id) references events (org_id, id),
      constraint deliveries_ended_when_final
        check ((state in ('pending', 'retrying')) = (ended_at is null))
    ) with (fillfactor = 80)`.execute(db);
  await sql`create unique index deliveries_id on deliveries (id)`.execute(db);
  await sql`create unique index deliveries_once on deliveries (org_id, event_id, endpoint_id)`.execute(
    db,
  );
  await sql`create unique index deliveries_sequence on deliveries (endpoint_id, sequence)
    where sequence is not null`.execute(db);
  await sql`create index deliveries_endpoint on deliveries (org_id, endpoint_id, id)`.execute(db);
  // What can be recovered.
  await sql`create index deliveries_missed on deliveries (org_id, endpoint_id, id)
    where state in ('disabled', 'exhausted')`.execute(db);

  await sql`
    create table delivery_attempts (
      delivery_id uuid not null references deliveries (id) on delete cascade,
      number integer not null check (number >= 1),
      org_id uuid not null,
      at timestamptz not null default now(),
      duration_ms integer check (duration_ms >= 0),
      status integer,
      code text not null,
      message text,
      response text check (octet_length(response) <= 4096),
      primary key (delivery_id, number)
    )`.execute(db);

  // Where many gates share a lane, what each of them admits next is one probe.
  await sql`create index tasks_waiting_at_gate on tasks (lane, org_id, gate, due_at, id)
    where sent_at is null and not held and gate is not null`.execute(db);
  // Gates of destinations are many: whoever asks for those that a whole lane shares skips them.
  await sql`alter table gates add column destination boolean not null default false`.execute(db);
  await sql`create index gates_shared on gates (name) where not destination`.execute(db);
  // Which shut gate opens next.
  await sql`create index gates_closed on gates (closed_until) where closed_until is not null`.execute(
    db,
  );
  await sql`create index tasks_sent_through_gate on tasks (gate)
    where sent_at is not null and gate is not null`.execute(db);
}
