import { createHash } from 'node:crypto';
import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';

/** Deliveries to one endpoint at once, over all workers: one that hangs holds no more of their slots. */
const ENDPOINT_CAP = 8;
/** Servers are without number, and whoever dispatches looks at each gate that something waits at. */
const CALLBACK_GATES = 32;

/** The gate of a registered endpoint. */
export const endpointGate = (endpointId: string): string => `webhook:${endpointId}`;

/**
 * The gate that an organization's callbacks to one server share, since each job has its own endpoint:
 * one of a few, so that some servers share one too.
 */
export function callbackGate(orgId: string, url: string): string {
  const hash = createHash('sha256').update(new URL(url).origin).digest();
  return `callback:${orgId}:${hash.readUInt32BE() % CALLBACK_GATES}`;
}

const capOf = ({ inOrder }: { inOrder: boolean }) => (inOrder ? 1 : ENDPOINT_CAP);

/** Make sure of a gate, and keep it from being pruned until the transaction is over. */
export async function addGate(
  trx: Kysely<Database>,
  name: string,
  order: { inOrder: boolean },
): Promise<void> {
  for (;;) {
    // Not by an update: that would wait for whoever sends through it just now.
    await sql`
      insert into gates (name, cap, destination) values (${name}, ${capOf(order)}, true)
      on conflict (name) do nothing`.execute(trx);
    const { rows } = await sql`select from gates where name = ${name} for key share`.execute(trx);
    // Otherwise it was pruned in between.
    if (rows.length > 0) return;
  }
}

/** In order, a gate admits one at a time. */
export async function setOrder(
  trx: Kysely<Database>,
  name: string,
  order: { inOrder: boolean },
): Promise<void> {
  await sql`update gates set cap = ${capOf(order)}
    where name = ${name} and cap <> ${capOf(order)}`.execute(trx);
}

/** Whatever failed before counts no more. */
export async function reopenGate(trx: Kysely<Database>, name: string): Promise<void> {
  await sql`
    update gates set failures = 0, closed_until = null, probe_task_id = null, probe_until = null
    where name = ${name}`.execute(trx);
}
