import { CALLBACK_EVENT_TYPES } from '@usher/contracts';
import { newId, type Database } from '@usher/db';
import type { Transaction } from 'kysely';
import { callbackGate } from './gates.ts';
import { insertEndpoint, type Seal } from './insert-endpoint.ts';

export interface NewCallback {
  /** Left out: a new one. */
  id?: string;
  orgId: string;
  /** Its row is there already, in the same transaction. */
  jobId: string;
  /** Already checked. */
  url: string;
  secret: string;
  seal: Seal;
}

/**
 * An endpoint that hears of the end of one job, and of nothing else. It shares its gate with every
 * callback of the organization to the same server.
 */
export async function addCallback(
  trx: Transaction<Database>,
  { id = newId(), orgId, jobId, url, secret, seal }: NewCallback,
): Promise<void> {
  await insertEndpoint(trx, {
    id,
    orgId,
    jobId,
    gate: callbackGate(orgId, url),
    url,
    eventTypes: CALLBACK_EVENT_TYPES,
    inOrder: false,
    sealedSecret: seal(secret, id),
  });
}
