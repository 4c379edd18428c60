import type { ColumnType, Generated, JSONColumnType, Selectable } from 'kysely';
import type { NullableTimestamp, Role, Timestamp } from './column-types.ts';
import type {
  ApiKeyWebsitesTable,
  ApiKeysTable,
  AttributeDefinitionsTable,
  GroupMembersTable,
  GroupWebsitesTable,
  GroupsTable,
  OrganizationsTable,
  RateWindowsTable,
  RosterMembersTable,
  RosterSyncsTable,
  RostersTable,
  UsersTable,
  WebsiteMembersTable,
  WebsitesTable,
} from './directory-tables.ts';

export interface JobsTable {
  id: string;
  org_id: string;
  api_key_id: string | null;
  kind: string;
  input: JSONColumnType<Record<string, unknown>>;
  target_ids: string[];
  request_id: string | null;
  round: Generated<number>;
  total: number;
  remaining: number;
  succeeded: Generated<number>;
  failed: Generated<number>;
  canceled: Generated<number>;
  failure_limit: number | null;
  start_at: NullableTimestamp;
  cancel_requested_at: NullableTimestamp;
  paused_at: NullableTimestamp;
  fenced_at: NullableTimestamp;
  /** The client was, or may have been, answered 202. */
  acknowledged: Generated<boolean>;
  /** Of `failed`, those of earlier rounds that the present one does not try again. */
  failed_before: Generated<number>;
  /** The present round ends with its email, whatever went out before. */
  resend_email: Generated<boolean>;
  created_at: Timestamp;
  started_at: NullableTimestamp;
  finished_at: NullableTimestamp;
}

export interface TasksTable {
  id: string;
  org_id: string;
  kind: string;
  job_id: string | null;
  subject_id: string | null;
  round: Generated<number>;
  positions: Generated<number[]>;
  target_ids: Generated<string[]>;
  attempts: Generated<number>;
  deaths: Generated<number>;
  suspect: Generated<boolean>;
  last_code: string | null;
  last_message: string | null;
  lease_token: string | null;
  leased_until: NullableTimestamp;
  lane: string;
  gate: string | null;
  due_at: Timestamp;
  sent_at: NullableTimestamp;
  held: Generated<boolean>;
  /** How many targets' work it is, where it is not as many as it has. */
  cost: number | null;
  created_at: Timestamp;
}

export interface OutcomesTable {
  job_id: string;
  round: number;
  position: number;
  org_id: string;
  target_id: string;
  status: 'succeeded' | 'failed' | 'canceled';
  code: string;
  message: string;
  retryable: Generated<boolean>;
  attempts: number;
  detail: ColumnType<Record<string, string> | null, string | null, never>;
  xid: Generated<string>;
  recorded_at: Timestamp;
}

export interface GatesTable {
  name: string;
  cap: number;
  /** Of one destination among many, not of a whole lane. */
  destination: Generated<boolean>;
  failures: Generated<number>;
  closed_until: NullableTimestamp;
  probe_task_id: string | null;
  probe_until: NullableTimestamp;
}

export interface IdempotencyKeysTable {
  org_id: string;
  route: string;
  key: string;
  body_hash: Buffer;
  job_id: string | null;
  status: number | null;
  body: ColumnType<unknown, string | null, string | null>;
  created_at: Timestamp;
}

export interface InvitationsTable {
  id: string;
  org_id: string;
  job_id: string;
  email: string;
  first_name: string | null;
  last_name: string | null;
  remaining: number;
  created_at: Timestamp;
  accepted_at: NullableTimestamp;
}

export interface InvitesTable {
  id: string;
  org_id: string;
  number: Generated<number>;
  invitation_id: string;
  website_id: string | null;
  group_id: string | null;
  /** Its own organization, for an invite to that itself; null: it is to a website or a group. */
  organization_id: string | null;
  /** Null: its group is gone. */
  target_id: ColumnType<string | null, never, never>;
  email: string;
  role: Role;
  state: Generated<'pending' | 'accepted' | 'revoked' | 'expired'>;
  expires_at: Timestamp;
  user_id: string | null;
  created_at: Timestamp;
  decided_at: NullableTimestamp;
}

export interface SendingsTable {
  id: string;
  org_id: string;
  job_id: string | null;
  purpose: string;
  subject_id: string;
  number: Generated<number>;
  state: Generated<'pending' | 'sent' | 'unknown' | 'failed'>;
  recipient: string;
  message_id: string;
  attempts: Generated<number>;
  ambiguities: Generated<number>;
  last_code: string | null;
  last_message: string | null;
  created_at: Timestamp;
  sent_at: NullableTimestamp;
}

export interface BillingEntitiesTable {
  /** The group may be gone. */
  group_id: string;
  org_id: string;
  provider: string;
  state: Generated<'intended' | 'provisioned'>;
  /** With the group's id, the idempotency key upstream. */
  epoch: Generated<number>;
  upstream_id: string | null;
  /** When the provider was first called for this group; null: never. */
  first_attempt_at: NullableTimestamp;
  /** The last call upstream ended with a definite error. */
  answered: Generated<boolean>;
  holder_task: string | null;
  holder_token: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  provisioned_at: NullableTimestamp;
}

/** A decimal of at most four places: written as a number or text, read as text, since it is exact. */
type Amount = ColumnType<string, number | string | undefined, number | string>;

export interface CreditsTable {
  org_id: string;
  group_id: string;
  /** What each month brings. */
  monthly: Amount;
  one_off: Amount;
  /** The first reset; later ones follow it by whole months, and are not stored. */
  next_reset_at: ColumnType<Date, Date | string, Date | string>;
  updated_at: Timestamp;
}

export interface WebhookEndpointsTable {
  id: string;
  org_id: string;
  /** The callback of this job alone; null: an endpoint that was registered. */
  job_id: string | null;
  /** The gate that its deliveries go through. */
  gate: string;
  url: string;
  event_types: string[];
  /** Strictly one after the other: each waits until the one before it has ended. */
  in_order: Generated<boolean>;
  last_sequence: Generated<number>;
  /** The first failure since the last success; null: it serves. */
  failing_since: NullableTimestamp;
  disabled_at: NullableTimestamp;
  disabled_reason: string | null;
  /** How often we, not its owner, disabled it. */
  disablings: Generated<number>;
  deleted_at: NullableTimestamp;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface WebhookSecretsTable {
  id: string;
  org_id: string;
  endpoint_id: string;
  /** Encrypted under `SECRET_KEY`. */
  sealed: Buffer;
  created_at: Timestamp;
  /** Null: the current one. */
  expires_at: NullableTimestamp;
}

export interface EventsTable {
  id: string;
  org_id: string;
  type: string;
  job_id: string | null;
  round: number | null;
  /** Of the target, for an event of one. */
  position: number | null;
  data: ColumnType<Record<string, unknown>, string, never>;
  created_at: Timestamp;
}

export interface DeliveriesTable {
  id: string;
  org_id: string;
  endpoint_id: string;
  /** Also the `webhook-id`. */
  event_id: string;
  /** Given when it is first dispatched. */
  sequence: number | null;
  state: Generated<'pending' | 'retrying' | 'delivered' | 'exhausted' | 'disabled'>;
  attempts: Generated<number>;
  last_code: string | null;
  created_at: Timestamp;
  ended_at: NullableTimestamp;
}

export interface DeliveryAttemptsTable {
  delivery_id: string;
  number: number;
  org_id: string;
  at: Timestamp;
  /** Null: nobody saw its end. */
  duration_ms: number | null;
  status: number | null;
  code: string;
  message: string | null;
  /** The beginning of the answer's body, at most 1 KB. */
  response: string | null;
}

/** Insert-only: the database refuses to change an entry. */
export interface AuditLogTable {
  id: string;
  org_id: string;
  api_key_id: string | null;
  action: string;
  resource_type: string;
  resource_id: string;
  before: ColumnType<Record<string, unknown> | null, string | null | undefined, never>;
  after: ColumnType<Record<string, unknown> | null, string | null | undefined, never>;
  request_id: string | null;
  at: ColumnType<Date, undefined, never>;
}

/** Every table that the application reads or writes, by name. */
export interface Database {
  organizations: OrganizationsTable;
  api_keys: ApiKeysTable;
  api_key_websites: ApiKeyWebsitesTable;
  websites: WebsitesTable;
  groups: GroupsTable;
  group_websites: GroupWebsitesTable;
  attribute_definitions: AttributeDefinitionsTable;
  users: UsersTable;
  website_members: WebsiteMembersTable;
  group_members: GroupMembersTable;
  rosters: RostersTable;
  roster_members: RosterMembersTable;
  roster_syncs: RosterSyncsTable;
  rate_windows: RateWindowsTable;
  jobs: JobsTable;
  tasks: TasksTable;
  outcomes: OutcomesTable;
  gates: GatesTable;
  idempotency_keys: IdempotencyKeysTable;
  invitations: InvitationsTable;
  invites: InvitesTable;
  sendings: SendingsTable;
  billing_entities: BillingEntitiesTable;
  credits: CreditsTable;
  webhook_endpoints: WebhookEndpointsTable;
  webhook_secrets: WebhookSecretsTable;
  events: EventsTable;
  deliveries: DeliveriesTable;
  delivery_attempts: DeliveryAttemptsTable;
  audit_log: AuditLogTable;
}

export type Job = Selectable<JobsTable>;
export type Task = Selectable<TasksTable>;
export type Sending = Selectable<SendingsTable>;
export type Invitation = Selectable<InvitationsTable>;
export type WebhookEndpoint = Selectable<WebhookEndpointsTable>;
export type Delivery = Selectable<DeliveriesTable>;
