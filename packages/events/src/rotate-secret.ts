import { PublicError, type EndpointWithSecret } from '@usher/contracts';
import { newId, type Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import { audit, NO_KEY, type Actor } from './audit.ts';
import {
  endpointColumns,
  endpointNotFound,
  toEndpoint,
  type EndpointRow,
} from './find-endpoints.ts';
import type { Seal } from './insert-endpoint.ts';

/** Every attempt is signed with each of them. */
const MAX_SECRETS = 5;
const OVERLAP_HOURS = 24;

/**
 * A new secret, in the answer alone. The one before it goes on signing for 24 hours, so that receivers
 * can change over.
 * @throws {PublicError} `not_found`; `state_conflict` when too many sign already.
 */
export async function rotateSecret(
  trx: Transaction<Database>,
  {
    orgId,
    endpointId,
    secret,
    seal,
    by = NO_KEY,
  }: { orgId: string; endpointId: string; secret: string; seal: Seal; by?: Actor },
): Promise<EndpointWithSecret> {
  // First, and alone: two rotations at once follow each other, and each sees what the other left.
  const { rows } = await sql<EndpointRow>`
    update webhook_endpoints set updated_at = now()
    where org_id = ${orgId} and id = ${endpointId} and deleted_at is null
    returning ${endpointColumns}`.execute(trx);
  if (!rows[0]) throw endpointNotFound();
  const { rows: followed } = await sql<{ id: string }>`
    with expired as (
      delete from webhook_secrets
      where org_id = ${orgId} and endpoint_id = ${endpointId} and expires_at <= now()
    )
    update webhook_secrets set expires_at = now() + make_interval(hours => ${OVERLAP_HOURS})
    where org_id = ${orgId} and endpoint_id = ${endpointId} and expires_at is null
      and ${MAX_SECRETS} > (
        select count(*) from webhook_secrets
        where org_id = ${orgId} and endpoint_id = ${endpointId}
          and (expires_at is null or expires_at > now()))
    returning id`.execute(trx);
  const [old] = followed;
  if (!old) {
    throw new PublicError(
      'state_conflict',
      `${MAX_SECRETS} secrets of this endpoint are in use: rotate again when the oldest has ended, ` +
        `${OVERLAP_HOURS} hours after it was followed`,
    );
  }
  const id = newId();
  await trx
    .insertInto('webhook_secrets')
    .values({
      id,
      org_id: orgId,
      endpoint_id: endpointId,
      sealed: seal(secret, endpointId),
    })
    .execute();
  await audit(trx, {
    orgId,
    by,
    action: 'webhook_endpoint.rotate',
    resourceId: endpointId,
    // Which secret signs alone in the end: its id, never the secret.
    before: { secret_id: old.id },
    after: { secret_id: id },
  });
  return { ...toEndpoint(rows[0]), secret };
}
