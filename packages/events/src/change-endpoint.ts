import { PublicError, type EndpointResource, type EventType } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import { endDeliveries } from './disable-endpoint.ts';
import {
  endpointColumns,
  requireEndpoint,
  requireEndpointRow,
  toEndpoint,
  type EndpointRow,
} from './find-endpoints.ts';
import { reopenGate, setOrder } from './gates.ts';

const BY_ITS_OWNER = 'disabled by its owner';

/** What is left out stays. */
export interface EndpointChange {
  /** Already checked. */
  url?: string | undefined;
  eventTypes?: readonly EventType[] | undefined;
  inOrder?: boolean | undefined;
  enabled?: boolean | undefined;
}

/**
 * Change a registered endpoint. Disabling ends what is unfinished; another address has not failed yet.
 * `updated_at` moves only when something did change.
 * @throws {PublicError} `not_found`; `state_conflict` for the callback of a job.
 */
export async function changeEndpoint(
  trx: Transaction<Database>,
  orgId: string,
  endpointId: string,
  change: EndpointChange,
): Promise<EndpointResource> {
  const row = await requireEndpointRow(trx, orgId, endpointId);
  if (row.job_id !== null) {
    throw new PublicError('state_conflict', 'The callback of a job cannot be changed');
  }
  return applyChange(trx, orgId, row, change);
}

/**
 * Its owner says that it serves: nothing that failed before counts any more. What was missed stays
 * `disabled` until it is recovered. Idempotent.
 * @throws {PublicError} `not_found`.
 */
export async function enableEndpoint(
  trx: Transaction<Database>,
  orgId: string,
  endpointId: string,
): Promise<EndpointResource> {
  const row = await requireEndpointRow(trx, orgId, endpointId);
  return applyChange(trx, orgId, row, { enabled: true });
}

/** The gate before the endpoint: whoever records an attempt locks them in that order. */
async function applyChange(
  trx: Transaction<Database>,
  orgId: string,
  { id, gate, ...before }: EndpointRow,
  { url = null, eventTypes, inOrder = null, enabled = null }: NullableChange,
): Promise<EndpointResource> {
  if (inOrder !== null) await setOrder(trx, gate, { inOrder });
  const elsewhere = url !== null && url !== before.url;
  // In order, a gate stays closed as long as the first of them waits.
  const apart = inOrder === false && before.in_order;
  if (enabled || elsewhere || apart) await reopenGate(trx, gate);
  const types = eventTypes ? [...eventTypes] : null;
  const { rows } = await sql<EndpointRow>`
    update webhook_endpoints set
      url = coalesce(${url}::text, url),
      event_types = coalesce(${types}::text[], event_types),
      in_order = coalesce(${inOrder}::bool, in_order),
      disabled_at = case ${enabled}::bool
        when true then null when false then coalesce(disabled_at, now()) else disabled_at end,
      disabled_reason = case ${enabled}::bool
        when true then null when false then coalesce(disabled_reason, ${BY_ITS_OWNER})
        else disabled_reason end,
      failing_since = case when not coalesce(${enabled}::bool, false) and url = coalesce(${url}::text, url)
        then failing_since end,
      updated_at = now()
    where org_id = ${orgId} and id = ${id} and deleted_at is null and (
      url <> ${url}::text or event_types <> ${types}::text[] or in_order <> ${inOrder}::bool
      or case ${enabled}::bool
        when true then disabled_at is not null or failing_since is not null
        when false then disabled_at is null end)
    returning ${endpointColumns}`.execute(trx);
  if (enabled === false) await endDeliveries(trx, { orgId, endpointId: id, gate });
  return rows[0] ? toEndpoint(rows[0]) : requireEndpoint(trx, orgId, id);
}

type NullableChange = { [Key in keyof EndpointChange]: EndpointChange[Key] | null };
