import type { Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import { audit, NO_KEY, shownUrl } from './audit.ts';
import { publishEvents } from './publish-events.ts';

const AT_ONCE = 5_000;

/**
 * Nothing more goes to an endpoint: five thousand of what waits for it end `disabled`, and their tasks
 * go. The rest, and what a worker has in hand, is left to the workers: each delivery that is found to be
 * of a disabled endpoint ends as many with it. Does nothing where the endpoint was enabled meanwhile.
 */
export async function endDeliveries(
  trx: Transaction<Database>,
  endpoint: { orgId: string; endpointId: string; gate: string },
): Promise<void> {
  await sql`
    with waiting as (
      select tasks.id, tasks.subject_id from tasks
      join deliveries on deliveries.org_id = tasks.org_id and deliveries.id = tasks.subject_id
      join webhook_endpoints as endpoint
        on endpoint.org_id = deliveries.org_id and endpoint.id = deliveries.endpoint_id
      where (endpoint.disabled_at is not null or endpoint.deleted_at is not null)
        and tasks.org_id = ${endpoint.orgId} and tasks.gate = ${endpoint.gate} and tasks.sent_at is null and not tasks.held
        and tasks.lease_token is null and deliveries.endpoint_id = ${endpoint.endpointId}
      limit ${AT_ONCE} for update of tasks skip locked
    ), gone as (
      delete from tasks where id = any (array(select id from waiting))
    )
    update deliveries set state = 'disabled', ended_at = now(), last_code = 'disabled'
    from waiting
    where deliveries.org_id = ${endpoint.orgId} and deliveries.id = waiting.subject_id
      and ended_at is null`.execute(trx);
}

export interface Disabled {
  /** Which time this is: nobody is told twice of one. */
  number: number;
  url: string;
  /** Whom to tell; null: nobody is named. */
  contactEmail: string | null;
}

/**
 * Disable an endpoint for what it answers, or does not: its owner has not asked for it. Tells everybody
 * who listens for that; the caller tells the organization's contact.
 * @returns undefined when it was disabled already, or is the callback of a job.
 */
export async function disableEndpoint(
  trx: Transaction<Database>,
  { orgId, endpointId, reason }: { orgId: string; endpointId: string; reason: string },
): Promise<Disabled | undefined> {
  const { rows } = await sql<Disabled & { gate: string; jobId: string | null; disabledAt: Date }>`
    update webhook_endpoints as endpoint
    set disabled_at = now(), disabled_reason = ${reason}, disablings = disablings + 1, updated_at = now()
    from organizations
    where organizations.id = endpoint.org_id and endpoint.org_id = ${orgId}
      and endpoint.id = ${endpointId} and disabled_at is null and deleted_at is null
    returning disablings as number, url, contact_email as "contactEmail", gate, job_id as "jobId",
      disabled_at as "disabledAt"`.execute(trx);
  const [disabled] = rows;
  if (!disabled) return undefined;
  await endDeliveries(trx, { orgId, endpointId, gate: disabled.gate });
  await audit(trx, {
    orgId,
    by: NO_KEY,
    action: 'webhook_endpoint.disable',
    resourceId: endpointId,
    before: { enabled: true },
    after: { enabled: false, disabled_reason: reason, url: shownUrl(disabled.url) },
  });
  if (disabled.jobId !== null) return undefined;
  await publishEvents(trx, [
    {
      orgId,
      type: 'endpoint.disabled',
      data: {
        endpoint_id: endpointId,
        url: disabled.url,
        reason,
        disabled_at: disabled.disabledAt.toISOString(),
      },
    },
  ]);
  return disabled;
}
