import {
  PublicError,
  type EndpointResource,
  type EventType,
  type ListEndpointsQuery,
} from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { pageOf, readCursor } from './cursor.ts';

/** An endpoint as these rules read it. */
export interface EndpointRow {
  id: string;
  /** The callback of this job alone; null: it was registered. */
  job_id: string | null;
  gate: string;
  url: string;
  event_types: EventType[];
  in_order: boolean;
  last_sequence: number;
  failing_since: Date | null;
  disabled_at: Date | null;
  disabled_reason: string | null;
  created_at: Date;
  updated_at: Date;
}

/** The columns of an `EndpointRow`, of `webhook_endpoints` under its own name. */
export const endpointColumns = sql`
  id, job_id, gate, url, event_types, in_order, last_sequence, failing_since, disabled_at,
  disabled_reason, created_at, updated_at`;

export const toEndpoint = (row: EndpointRow): EndpointResource => ({
  id: row.id,
  url: row.url,
  event_types: row.event_types,
  in_order: row.in_order,
  enabled: row.disabled_at === null,
  disabled_reason: row.disabled_reason,
  failing_since: row.failing_since?.toISOString() ?? null,
  last_sequence: row.last_sequence,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

/** What the audit log says of an endpoint. */
export const auditedEndpoint = (row: EndpointRow) => ({
  url: row.url,
  event_types: row.event_types,
  in_order: row.in_order,
  enabled: row.disabled_at === null,
  disabled_reason: row.disabled_reason,
  failing_since: row.failing_since,
});

/** What was registered, newest first; the callbacks of jobs are not listed. */
export async function listEndpoints(
  db: Kysely<Database>,
  orgId: string,
  query: ListEndpointsQuery,
): Promise<{ webhook_endpoints: EndpointResource[]; next_cursor: string }> {
  const before = readCursor(query.cursor);
  const { rows } = await sql<EndpointRow>`
    select ${endpointColumns} from webhook_endpoints
    where org_id = ${orgId} and job_id is null and deleted_at is null
      and (${before}::uuid is null or id < ${before}::uuid)
    order by id desc limit ${query.limit + 1}`.execute(db);
  const { page, next_cursor } = pageOf(rows, query.limit);
  return { webhook_endpoints: page.map(toEndpoint), next_cursor };
}

/** A registered one or a callback. @throws {PublicError} `not_found`, also for what was deleted. */
export async function requireEndpointRow(
  db: Kysely<Database>,
  orgId: string,
  endpointId: string,
): Promise<EndpointRow> {
  const { rows } = await sql<EndpointRow>`
    select ${endpointColumns} from webhook_endpoints
    where org_id = ${orgId} and id = ${endpointId} and deleted_at is null`.execute(db);
  if (!rows[0]) throw endpointNotFound();
  return rows[0];
}

/** The same, as nobody else can change it until the transaction is over. */
export async function lockEndpointRow(
  trx: Kysely<Database>,
  orgId: string,
  endpointId: string,
): Promise<EndpointRow> {
  const { rows } = await sql<EndpointRow>`
    select ${endpointColumns} from webhook_endpoints
    where org_id = ${orgId} and id = ${endpointId} and deleted_at is null
    for no key update`.execute(trx);
  if (!rows[0]) throw endpointNotFound();
  return rows[0];
}

/** @throws {PublicError} `not_found`; `state_conflict` where it is disabled. */
export async function requireEnabled(
  db: Kysely<Database>,
  orgId: string,
  endpointId: string,
): Promise<EndpointRow> {
  const row = await requireEndpointRow(db, orgId, endpointId);
  if (row.disabled_at !== null) throw endpointDisabled();
  return row;
}

/** As clients see it. @throws {PublicError} `not_found`. */
export async function requireEndpoint(
  db: Kysely<Database>,
  orgId: string,
  endpointId: string,
): Promise<EndpointResource> {
  return toEndpoint(await requireEndpointRow(db, orgId, endpointId));
}

export const endpointNotFound = () => new PublicError('not_found', 'Webhook endpoint not found');

export const endpointDisabled = () =>
  new PublicError('state_conflict', 'The webhook endpoint is disabled: enable it first');
