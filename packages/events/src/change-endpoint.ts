import { PublicError, type EndpointResource, type EventType } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import { audit, difference, NO_KEY, shownUrl, type Actor, type AuditEntry } from './audit.ts';
import { endDeliveries } from './disable-endpoint.ts';
import {
  auditedEndpoint,
  endpointColumns,
  requireEndpoint,
  lockEndpointRow,
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
  by: Actor = NO_KEY,
): Promise<EndpointResource> {
  const row = await requireEndpointRow(trx, orgId, endpointId);
  if (row.job_id !== null) {
    throw new PublicError('state_conflict', 'The callback of a job cannot be changed');
  }
  return applyChange(trx, { orgId, by, action: 'webhook_endpoint.update' }, row, change);
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
  by: Actor = NO_KEY,
): Promise<EndpointResource> {
  const row = await requireEndpointRow(trx, orgId, endpointId);
  const doing = { orgId, by, action: 'webhook_endpoint.enable' } as const;
  return applyChange(trx, doing, row, { enabled: true });
}

/** The gate before the endpoint: whoever records an attempt locks them in that order. */
async function applyChange(
  trx: Transaction<Database>,
  doing: Pick<AuditEntry, 'orgId' | 'by' | 'action'>,
  { id, gate, ...before }: EndpointRow,
  { url = null, eventTypes, inOrder = null, enabled = null }: NullableChange,
): Promise<EndpointResource> {
  const { orgId } = doing;
  if (inOrder !== null) await setOrder(trx, gate, { inOrder });
  const elsewhere = url !== null && url !== before.url;
  // In order, a gate stays closed as long as the first of them waits.
  const apart = inOrder === false && before.in_order;
  if (enabled || elsewhere || apart) await reopenGate(trx, gate);
  const old = await lockEndpointRow(trx, orgId, id);
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
  if (!rows[0]) return requireEndpoint(trx, orgId, id);
  const looks = difference(auditedEndpoint(old), auditedEndpoint(rows[0]));
  const shown = ({ url: address, ...look }: Partial<ReturnType<typeof auditedEndpoint>>) => ({
    ...(address !== undefined && { url: shownUrl(address) }),
    ...look,
  });
  const [was, is] = [shown(looks.before), shown(looks.after)];
  await audit(trx, { ...doing, resourceId: id, before: was, after: is });
  return toEndpoint(rows[0]);
}

type NullableChange = { [Key in keyof EndpointChange]: EndpointChange[Key] | null };
