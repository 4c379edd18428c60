import type { EventType } from '@usher/contracts';
import { newId, type Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import { endpointColumns, type EndpointRow } from './find-endpoints.ts';
import { addGate } from './gates.ts';

/** Encrypts a secret so that it opens for this endpoint alone. */
export type Seal = (secret: string, endpointId: string) => Buffer;

export interface EndpointDraft {
  id: string;
  orgId: string;
  /** Given: the callback of that job. */
  jobId?: string;
  gate: string;
  url: string;
  eventTypes: readonly EventType[];
  inOrder: boolean;
  sealedSecret: Buffer;
}

/**
 * The endpoint with its gate and its first secret.
 * @param atMost how many registered ones there may be then; who gives it keeps others from counting too.
 * @returns undefined where that is too many.
 */
export async function insertEndpoint(
  trx: Transaction<Database>,
  draft: EndpointDraft,
  atMost?: number,
): Promise<EndpointRow | undefined> {
  const { orgId, jobId = null, gate } = draft;
  await addGate(trx, gate, draft);
  const { rows } = await sql<EndpointRow>`
    with endpoint as (
      insert into webhook_endpoints (id, org_id, job_id, gate, url, event_types, in_order)
      select ${draft.id}::uuid, ${orgId}::uuid, ${jobId}::uuid, ${gate}::text, ${draft.url}::text,
        ${[...draft.eventTypes]}::text[], ${draft.inOrder}::bool
      where ${atMost ?? null}::int is null or ${atMost ?? null}::int > (
        select count(*) from webhook_endpoints
        where org_id = ${orgId} and job_id is null and deleted_at is null)
      returning ${endpointColumns}
    ), secret as (
      insert into webhook_secrets (id, org_id, endpoint_id, sealed)
      select ${newId()}::uuid, ${orgId}::uuid, id, ${draft.sealedSecret}::bytea from endpoint
    )
    select * from endpoint`.execute(trx);
  return rows[0];
}
