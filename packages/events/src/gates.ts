import type { Database } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';

/** Deliveries to one endpoint at once, over all workers: one that hangs holds no more of their slots. */
const ENDPOINT_CAP = 8;

/** The gate of a registered endpoint. */
export const endpointGate = (endpointId: string): string => `webhook:${endpointId}`;

/** The gate that an organization's callbacks to one server share: each job has its own endpoint. */
export const callbackGate = (orgId: string, url: string): string =>
  `callback:${orgId}:${new URL(url).origin}`;

/** Make sure of a gate; in order, it admits one at a time. */
export async function putGate(
  db: Kysely<Database>,
  name: string,
  { inOrder }: { inOrder: boolean },
): Promise<void> {
  const cap = inOrder ? 1 : ENDPOINT_CAP;
  await sql`
    insert into gates (name, cap) values (${name}, ${cap})
    on conflict (name) do update set cap = excluded.cap where gates.cap <> excluded.cap`.execute(
    db,
  );
}

/** Whatever failed before counts no more: its owner says that it serves again. */
export async function reopenGate(trx: Transaction<Database>, name: string): Promise<void> {
  await sql`
    update gates set failures = 0, closed_until = null, probe_task_id = null, probe_until = null
    where name = ${name}`.execute(trx);
}
