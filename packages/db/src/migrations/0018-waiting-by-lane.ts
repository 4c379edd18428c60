import { sql, type Kysely } from 'kysely';

/**
 * Only who names a lane may find what waits by it. Before, any statement that spoke of what was not sent
 * could: one by a key, planned while Postgres believed that nothing waits, read all that did.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index tasks_waiting_in_lane on tasks (lane, org_id, due_at, id)
    where lane is not null and sent_at is null and not held`.execute(db);
  await sql`drop index tasks_waiting`.execute(db);
}
