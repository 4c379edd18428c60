import { sql, type Kysely } from 'kysely';

/**
 * The index of what waits at a gate began as that of what waits for an organization: a plan made on an
 * empty table could not tell them apart, and read all that waited. A gate of a lane in which each
 * destination has one is of one organization anyway.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index tasks_at_gate on tasks (gate, due_at, id) include (org_id, lane)
    where sent_at is null and not held and gate is not null`.execute(db);
  await sql`drop index tasks_waiting_at_gate`.execute(db);
}
