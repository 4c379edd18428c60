import type { Client, QueryResultRow } from 'pg';

export interface JobRow {
  id: string;
  org_id: string;
  kind: string;
  request_id: string | null;
  /** The input of a bulk invite. */
  invite: { method: string; target: string; email: string } | null;
  /** The input of a billing-provisioning job. */
  billing: { notify_email: string | null; change: { name?: string } | null } | null;
  fenced: boolean;
  paused: boolean;
  target_ids: string[];
  round: number;
  total: number;
  remaining: number;
  succeeded: number;
  failed: number;
  canceled: number;
  finished: boolean;
}

export interface OutcomeRow {
  job_id: string;
  round: number;
  position: number;
  target_id: string;
  status: 'succeeded' | 'failed' | 'canceled';
  code: string;
  message: string;
  detail: Record<string, string> | null;
  attempts: number;
  xid: string;
  /** Milliseconds since 1970. */
  committed_at: number;
}

export interface SendingRow {
  id: string;
  org_id: string;
  /** Null: it belongs to no job. */
  job_id: string | null;
  purpose: string;
  subject_id: string;
  number: number;
  state: 'pending' | 'sent' | 'unknown' | 'failed';
  recipient: string;
  message_id: string;
  ambiguities: number;
  last_code: string | null;
}

export interface TaskState {
  job_id: string | null;
  subject_id: string | null;
  round: number;
  positions: number[];
  attempts: number;
  deaths: number;
  suspect: boolean;
  token: string | null;
  leased_until: number | null;
  due_at: number;
  sent_at: number | null;
  held: boolean;
  lane: string;
  gate: string | null;
}

export interface EndpointRow {
  id: string;
  org_id: string;
  /** The callback of this job alone. */
  job_id: string | null;
  url: string;
  event_types: string[];
  in_order: boolean;
  last_sequence: number;
  disabled: boolean;
  disablings: number;
}

export interface EventRow {
  id: string;
  org_id: string;
  type: string;
  job_id: string | null;
  round: number | null;
  position: number | null;
  data: Record<string, unknown>;
}

export interface DeliveryRow {
  id: string;
  org_id: string;
  endpoint_id: string;
  event_id: string;
  sequence: number | null;
  state: 'pending' | 'retrying' | 'delivered' | 'exhausted' | 'disabled';
  attempts: number;
}

export interface AttemptRow {
  delivery_id: string;
  number: number;
  status: number | null;
  code: string;
}

interface LogRow<Row> {
  seq: number;
  at: number;
  xid: string;
  process: string;
  id: string;
  before: Row | null;
  after: Row | null;
}

export type TaskChange = LogRow<TaskState>;
export type SendingChange = LogRow<{ state: string; ambiguities: number }>;

/** An email that was decided on, under its sending's id, whether or not it was withdrawn since. */
export type Decision = LogRow<{ job_id: string | null; subject_id: string; purpose: string }> & {
  committed_at: number;
};
/** A change of a job's round or of its flags; `committed_at` in milliseconds since 1970. */
export type JobChange = LogRow<{
  round: number;
  canceled: boolean;
  paused: boolean;
  finished: boolean;
  resend_email: boolean;
}> & { committed_at: number };

export interface InviteRow {
  id: string;
  invitation_id: string;
  job_id: string;
  target_id: string;
  email: string;
  state: string;
  /** One moment, in milliseconds since 1970, for all that were accepted together. */
  decided_at: number | null;
  /** When what its row says now was committed, in milliseconds since 1970. */
  committed_at: number;
}

/** What a group's row says for itself. */
export interface GroupState {
  name: string;
  billing_enabled: boolean;
  external_id: string | null;
  updated_at: string;
}

/** A change of a group; `committed_at` in milliseconds since 1970. */
export type GroupChange = LogRow<GroupState> & { committed_at: number };
/** A change of a group's billing entity, under the group's id. */
export type EntityChange = LogRow<{ state: string; upstream_id: string | null; epoch: number }>;
/** A change of a delivery; `committed_at` in milliseconds since 1970. */
export type DeliveryChange = LogRow<{
  state: string;
  sequence: number | null;
  attempts: number;
}> & { committed_at: number };
/** The gate named so closed until then, in milliseconds since 1970, or opened. */
export interface GateChange {
  at: number;
  name: string;
  closed_until: number | null;
}

/** Everything that the checks read, once, after all is over. */
export interface Facts {
  jobs: JobRow[];
  outcomes: OutcomeRow[];
  sendings: SendingRow[];
  /** Committed changes, in their order. */
  taskChanges: TaskChange[];
  jobChanges: JobChange[];
  decisions: Decision[];
  sendingChanges: SendingChange[];
  groupChanges: GroupChange[];
  entityChanges: EntityChange[];
  gateChanges: GateChange[];
  deliveryChanges: DeliveryChange[];
  endpoints: EndpointRow[];
  events: EventRow[];
  deliveries: DeliveryRow[];
  /** Of each delivery in their order. */
  attempts: AttemptRow[];
  groups: Array<{ id: string; org_id: string; billing_enabled: boolean }>;
  entities: Array<{ group_id: string; org_id: string; state: string; upstream_id: string | null }>;
  invitations: Array<{
    id: string;
    job_id: string;
    email: string;
    remaining: number;
    accepted: boolean;
  }>;
  invites: InviteRow[];
  members: Array<{ target_id: string; user_id: string; email: string; org_id: string }>;
  /** Websites and groups, by id. */
  targets: Map<string, { org_id: string; of: 'website' | 'group'; name: string }>;
  /** Texts in which nothing secret may stand. */
  texts: Array<{ name: string; text: string }>;
}

export async function readFacts(client: Client): Promise<Facts> {
  const read = async <Row extends QueryResultRow>(statement: string) =>
    (await client.query<Row>(statement)).rows;
  const log = (about: string, more = 'null') => `select seq::int,
    (extract(epoch from at) * 1000)::float8 as at, xid::text, process, id, before, after, ${more}
    from faults.log where about = '${about}' order by log.seq`;
  const committed =
    '(extract(epoch from pg_xact_commit_timestamp(xid::xid)) * 1000)::float8 as committed_at';
  const targets = await read<{ id: string; org_id: string; of: 'website' | 'group'; name: string }>(
    `select id, org_id, 'website' as of, name from websites
      union all select id, org_id, 'group', name from groups`,
  );
  return {
    jobs: await read(
      `select id, org_id, kind, request_id, case kind when 'bulk-invite' then input end as invite,
        case kind when 'billing-provisioning' then input end as billing,
        fenced_at is not null as fenced,
        paused_at is not null as paused, target_ids, round, total, remaining, succeeded, failed, canceled,
        finished_at is not null as finished from jobs order by id`,
    ),
    outcomes: await read(
      `select job_id, round, position, target_id, status, code, message, detail, attempts,
        xid::text, ${committed}
        from outcomes order by job_id, round, position`,
    ),
    sendings: await read(
      `select id, org_id, job_id, purpose, subject_id, number, state, recipient, message_id, ambiguities, last_code
        from sendings`,
    ),
    taskChanges: await read(log('task')),
    jobChanges: await read(log('job', committed)),
    decisions: await read(log('decision', committed)),
    sendingChanges: await read(log('sending')),
    groupChanges: await read(log('group', committed)),
    entityChanges: await read(log('entity')),
    gateChanges: await read(
      `select (extract(epoch from at) * 1000)::float8 as at, name,
        (extract(epoch from closed_until) * 1000)::float8 as closed_until
        from faults.gate_log order by seq`,
    ),
    deliveryChanges: await read(log('delivery', committed)),
    endpoints: await read(
      `select id, org_id, job_id, url, event_types, in_order, last_sequence::float8 as last_sequence,
        disabled_at is not null as disabled, disablings from webhook_endpoints`,
    ),
    events: await read('select id, org_id, type, job_id, round, position, data from events'),
    deliveries: await read(
      `select id, org_id, endpoint_id, event_id, sequence::float8 as sequence, state, attempts
        from deliveries order by endpoint_id, sequence, id`,
    ),
    attempts: await read(
      `select delivery_id, number, status, code from delivery_attempts
        order by delivery_id, number`,
    ),
    groups: await read('select id, org_id, billing_enabled from groups'),
    entities: await read('select group_id, org_id, state, upstream_id from billing_entities'),
    invitations: await read(
      `select id, job_id, email, remaining, accepted_at is not null as accepted from invitations`,
    ),
    invites: await read(
      `select invites.id, invitation_id, job_id, target_id, invites.email, state,
        (extract(epoch from decided_at) * 1000)::float8 as decided_at,
        (extract(epoch from pg_xact_commit_timestamp(invites.xmin)) * 1000)::float8 as committed_at
        from invites join invitations on invitations.id = invitation_id`,
    ),
    members: await read(
      `select website_id as target_id, user_id, users.email, members.org_id
        from website_members as members join users on users.id = user_id
        union all select group_id, user_id, users.email, members.org_id
        from group_members as members join users on users.id = user_id`,
    ),
    targets: new Map(targets.map(({ id, ...target }) => [id, target])),
    texts: await read(
      `select 'job input ' || id as name, input::text as text from jobs
        union all select 'outcome', message || coalesce(detail::text, '') from outcomes
        union all select 'billing entity', billing_entities::text from billing_entities
        union all select 'a kept answer', body::text from idempotency_keys where body is not null
        union all select 'event ' || id, data::text from events
        union all select 'webhook endpoint', webhook_endpoints::text from webhook_endpoints
        union all select 'an attempt', coalesce(message, '') || coalesce(response, '') from delivery_attempts
        union all select 'task', last_message from tasks where last_message is not null
        union all select 'sending ' || id, last_message from sendings where last_message is not null`,
    ),
  };
}
