import {
  MAX_ENDPOINTS,
  PublicError,
  type EndpointWithSecret,
  type EventType,
} from '@usher/contracts';
import { newId, type Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import { audit, NO_KEY, shownUrl, type Actor } from './audit.ts';
import { toEndpoint } from './find-endpoints.ts';
import { endpointGate } from './gates.ts';
import { insertEndpoint, type Seal } from './insert-endpoint.ts';

export interface NewEndpoint {
  orgId: string;
  /** Already checked: only the sender checks again, when it dials. */
  url: string;
  eventTypes: readonly EventType[];
  inOrder: boolean;
  secret: string;
  seal: Seal;
  by?: Actor;
}

/**
 * Register an endpoint. Its secret is in the answer, and can never be read again.
 * @throws {PublicError} `state_conflict` when there are `MAX_ENDPOINTS` already.
 */
export async function createEndpoint(
  trx: Transaction<Database>,
  { orgId, url, eventTypes, inOrder, secret, seal, by = NO_KEY }: NewEndpoint,
): Promise<EndpointWithSecret> {
  const id = newId();
  // Two at once must not both find the last place: the second counts when the first has committed.
  await sql`select from organizations where id = ${orgId} for no key update`.execute(trx);
  const sealedSecret = seal(secret, id);
  const gate = endpointGate(id);
  const row = await insertEndpoint(
    trx,
    { id, orgId, gate, url, eventTypes, inOrder, sealedSecret },
    MAX_ENDPOINTS,
  );
  if (!row) {
    throw new PublicError(
      'state_conflict',
      `An organization has at most ${MAX_ENDPOINTS} webhook endpoints: delete one first`,
    );
  }
  await audit(trx, {
    orgId,
    by,
    action: 'webhook_endpoint.create',
    resourceId: id,
    before: null,
    after: { url: shownUrl(row.url), event_types: row.event_types, in_order: row.in_order },
  });
  return { ...toEndpoint(row), secret };
}
