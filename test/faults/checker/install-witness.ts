import { Client } from 'pg';

/**
 * Triggers that write down every change of a task, of a job's round and flags, of a sending's and a
 * delivery's state, of a group, its billing entity and the gates, and every email that is decided on, with the process that made it: `faults.process`, a setting of its
 * connection. They see only what is committed.
 */
export async function installWitness(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(WITNESS);
  } finally {
    await client.end();
  }
}

const WITNESS = `
create schema faults;
create table faults.log (
  seq bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id(),
  process text not null default coalesce(current_setting('faults.process', true), ''),
  about text not null,
  id uuid not null,
  before jsonb,
  after jsonb
);

create function faults.describe_task(task public.tasks) returns jsonb language sql immutable as $$
  select jsonb_build_object('job_id', task.job_id, 'subject_id', task.subject_id, 'round', task.round,
    'positions', task.positions, 'attempts', task.attempts, 'deaths', task.deaths,
    'suspect', task.suspect, 'token', task.lease_token,
    'leased_until', extract(epoch from task.leased_until) * 1000,
    'due_at', extract(epoch from task.due_at) * 1000,
    'sent_at', extract(epoch from task.sent_at) * 1000, 'held', task.held, 'lane', task.lane,
    'gate', task.gate)
$$;

create function faults.note_task() returns trigger language plpgsql as $$
begin
  insert into faults.log (about, id, before, after) values ('task', coalesce(new.id, old.id),
    case when tg_op <> 'INSERT' then faults.describe_task(old) end,
    case when tg_op <> 'DELETE' then faults.describe_task(new) end);
  return null;
end $$;
create trigger faults_note after insert or update or delete on public.tasks
  for each row execute function faults.note_task();

create function faults.note_sending() returns trigger language plpgsql as $$
begin
  insert into faults.log (about, id, before, after) values ('sending', new.id,
    jsonb_build_object('state', old.state, 'ambiguities', old.ambiguities),
    jsonb_build_object('state', new.state, 'ambiguities', new.ambiguities));
  return null;
end $$;
create trigger faults_note after update on public.sendings
  for each row execute function faults.note_sending();

create function faults.note_decision() returns trigger language plpgsql as $$
begin
  insert into faults.log (about, id, after) values ('decision', new.id,
    jsonb_build_object('job_id', new.job_id, 'subject_id', new.subject_id, 'purpose', new.purpose));
  return null;
end $$;
create trigger faults_decision after insert on public.sendings
  for each row execute function faults.note_decision();

create function faults.describe_job(it public.jobs) returns jsonb language sql immutable as $$
  select jsonb_build_object('round', it.round, 'canceled', it.cancel_requested_at is not null,
    'paused', it.paused_at is not null, 'finished', it.finished_at is not null,
    'resend_email', it.resend_email)
$$;

create function faults.note_job() returns trigger language plpgsql as $$
begin
  if faults.describe_job(old) is distinct from faults.describe_job(new) then
    insert into faults.log (about, id, before, after) values ('job', new.id,
      faults.describe_job(old), faults.describe_job(new));
  end if;
  return null;
end $$;
create trigger faults_note after update on public.jobs
  for each row execute function faults.note_job();

create function faults.describe_delivery(it public.deliveries) returns jsonb
  language sql immutable as $$
  select jsonb_build_object('state', it.state, 'sequence', it.sequence, 'attempts', it.attempts)
$$;

create function faults.note_delivery() returns trigger language plpgsql as $$
begin
  insert into faults.log (about, id, before, after) values ('delivery', new.id,
    faults.describe_delivery(old), faults.describe_delivery(new));
  return null;
end $$;
create trigger faults_note after update on public.deliveries
  for each row execute function faults.note_delivery();

create function faults.describe_group(it public.groups) returns jsonb language sql immutable as $$
  select jsonb_build_object('name', it.name, 'billing_enabled', it.billing_enabled,
    'external_id', it.external_id, 'updated_at', it.updated_at)
$$;

create function faults.note_group() returns trigger language plpgsql as $$
begin
  insert into faults.log (about, id, before, after) values ('group', new.id,
    faults.describe_group(old), faults.describe_group(new));
  return null;
end $$;
create trigger faults_note after update on public.groups
  for each row execute function faults.note_group();

create function faults.describe_entity(it public.billing_entities) returns jsonb
  language sql immutable as $$
  select jsonb_build_object('state', it.state, 'upstream_id', it.upstream_id, 'epoch', it.epoch)
$$;

create function faults.note_entity() returns trigger language plpgsql as $$
begin
  insert into faults.log (about, id, before, after) values ('entity',
    coalesce(new.group_id, old.group_id),
    case when tg_op <> 'INSERT' then faults.describe_entity(old) end,
    case when tg_op <> 'DELETE' then faults.describe_entity(new) end);
  return null;
end $$;
create trigger faults_note after insert or update or delete on public.billing_entities
  for each row execute function faults.note_entity();

create table faults.gate_log (
  seq bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  name text not null,
  closed_until timestamptz
);

create function faults.note_gate() returns trigger language plpgsql as $$
begin
  insert into faults.gate_log (name, closed_until) values (new.name, new.closed_until);
  return null;
end $$;
create trigger faults_note after update on public.gates
  for each row when (old.closed_until is distinct from new.closed_until)
  execute function faults.note_gate();
`;
