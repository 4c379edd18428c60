import type { AuditEntryResource, ListAuditLogQuery } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { pageOf, readCursor } from './cursor.ts';

type Filter = Omit<ListAuditLogQuery, 'limit' | 'cursor'>;
type Row = Omit<AuditEntryResource, 'at' | 'resource'> & {
  at: Date;
  resource_type: AuditEntryResource['resource']['type'];
  resource_id: string;
};

const AT_ONCE = 1_000;

/** What was done in an organization, newest first. */
export async function listAuditLog(
  db: Kysely<Database>,
  orgId: string,
  { limit, cursor, ...filter }: ListAuditLogQuery,
): Promise<{ entries: AuditEntryResource[]; next_cursor: string }> {
  const rows = await readEntries(db, orgId, filter, readCursor(cursor), limit + 1);
  const { page, next_cursor } = pageOf(rows, limit);
  return { entries: page.map(toEntry), next_cursor };
}

/** All of it, newest first, a thousand entries at a time, for streaming. */
export async function* eachAuditEntries(
  db: Kysely<Database>,
  orgId: string,
  filter: Filter,
): AsyncGenerator<AuditEntryResource[]> {
  for (let before: string | null = null; ;) {
    const rows = await readEntries(db, orgId, filter, before, AT_ONCE);
    if (rows.length > 0) yield rows.map(toEntry);
    const last = rows.at(-1);
    if (rows.length < AT_ONCE || !last) return;
    before = last.id;
  }
}

async function readEntries(
  db: Kysely<Database>,
  orgId: string,
  filter: Filter,
  before: string | null,
  limit: number,
): Promise<Row[]> {
  const filters = [
    sql`org_id = ${orgId}`,
    ...(before ? [sql`id < ${before}`] : []),
    ...(filter.action ? [sql`action = ${filter.action}`] : []),
    ...(filter.resource_type ? [sql`resource_type = ${filter.resource_type}`] : []),
    ...(filter.resource_id ? [sql`resource_id = ${filter.resource_id}`] : []),
    ...(filter.api_key_id ? [sql`api_key_id = ${filter.api_key_id}`] : []),
    ...(filter.from ? [sql`at >= ${new Date(filter.from)}`] : []),
    ...(filter.to ? [sql`at < ${new Date(filter.to)}`] : []),
  ];
  const { rows } = await sql<Row>`
    select id, at, api_key_id, action, resource_type, resource_id, before, after, request_id
    from audit_log where ${sql.join(filters, sql` and `)}
    order by id desc limit ${limit}`.execute(db);
  return rows;
}

const toEntry = ({ resource_type, resource_id, ...row }: Row): AuditEntryResource => ({
  id: row.id,
  at: row.at.toISOString(),
  api_key_id: row.api_key_id,
  action: row.action,
  resource: { type: resource_type, id: resource_id },
  before: row.before,
  after: row.after,
  request_id: row.request_id,
});
