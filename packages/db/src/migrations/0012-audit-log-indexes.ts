import { sql, type Kysely } from 'kysely';

/** Each filter of the audit log is the range of an index, which is in the order that it is read in. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['action', 'resource_type', 'resource_id', 'api_key_id']) {
    await sql`create index ${sql.ref(`audit_log_by_${column}`)}
      on audit_log (org_id, ${sql.ref(column)}, id)`.execute(db);
  }
}
