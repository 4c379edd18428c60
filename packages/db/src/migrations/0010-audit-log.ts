import { sql, type Kysely } from 'kysely';

/**
 * What was done to which resource, by which key. Without foreign keys: an entry outlives whatever it
 * speaks of, and jobs, which are many, pay for no look-up. Ids are uuid v7, so that partitions by range
 * of id are partitions by time.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table audit_log (
      id uuid not null,
      org_id uuid not null,
      api_key_id uuid,
      action text not null,
      resource_type text not null,
      resource_id uuid not null,
      before jsonb,
      after jsonb,
      request_id text,
      at timestamptz not null default clock_timestamp(),
      primary key (org_id, id),
      constraint audit_log_before_or_after check (num_nonnulls(before, after) > 0)
    )`.execute(db);
  await sql`create trigger audit_log_insert_only before update or delete or truncate on audit_log
    for each statement execute function refuse_change()`.execute(db);
}
