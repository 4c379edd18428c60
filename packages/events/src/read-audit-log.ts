import type { AuditEntryResource, ExportAuditLogQuery, ListAuditLogQuery } from '@usher/contracts';
import { firstIdAt, type Database } from '@usher/db';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { pageOf, readCursorOrId } from './cursor.ts';

type Filter = Omit<ListAuditLogQuery, 'limit' | 'cursor'>;
type Row = Omit<AuditEntryResource, 'at' | 'resource'> & {
  at: Date;
  resource_type: AuditEntryResource['resource']['type'];
  resource_id: string;
};

const AT_ONCE = 200;
/** An entry gets its id before its time, and on another clock. */
const ID_APART_MS = 5 * 60_000;

/** What was done in an organization, newest first. @throws {PublicError} `invalid_request`: the cursor. */
export async function listAuditLog(
  db: Kysely<Database>,
  orgId: string,
  { limit, cursor, ...filter }: ListAuditLogQuery,
): Promise<{ entries: AuditEntryResource[]; next_cursor: string }> {
  const rows = await readEntries(db, orgId, filter, readCursorOrId(cursor), limit + 1);
  const { page, next_cursor } = pageOf(rows, limit);
  return { entries: page.map(toEntry), next_cursor };
}

/**
 * All of it, or as much as is asked for, newest first, two hundred entries at a time, for streaming.
 * @throws {PublicError} `invalid_request`, at once: the cursor.
 */
export function eachAuditEntries(
  db: Kysely<Database>,
  orgId: string,
  { limit = Infinity, cursor, ...filter }: ExportAuditLogQuery,
): AsyncGenerator<AuditEntryResource[]> {
  return readAll(db, orgId, filter, readCursorOrId(cursor), limit);
}

async function* readAll(
  db: Kysely<Database>,
  orgId: string,
  filter: Filter,
  after: string | null,
  limit: number,
): AsyncGenerator<AuditEntryResource[]> {
  let [before, left] = [after, limit];
  while (left > 0) {
    const size = Math.min(AT_ONCE, left);
    const rows = await readEntries(db, orgId, filter, before, size);
    if (rows.length > 0) yield rows.map(toEntry);
    const last = rows.at(-1);
    if (rows.length < size || !last) return;
    before = last.id;
    left -= size;
  }
}

async function readEntries(
  db: Kysely<Database>,
  ...wanted: Parameters<typeof selectEntries>
): Promise<Row[]> {
  return (await selectEntries(...wanted).execute(db)).rows;
}

/** The statement that reads them, newest first: the range of an index, whatever is filtered by. */
export function selectEntries(
  orgId: string,
  { from, to, ...equal }: Filter,
  before: string | null,
  limit: number,
): RawBuilder<Row> {
  const time = (text: string, ms = 0) => new Date(Date.parse(text) + ms);
  const filters = [
    sql`org_id = ${orgId}`,
    ...(before ? [sql`id < ${before}`] : []),
    ...Object.entries(equal).flatMap(([column, value]) =>
      value === undefined ? [] : [sql`${sql.ref(column)} = ${value}`],
    ),
    ...(from ? [sql`at >= ${time(from)} and id >= ${firstIdAt(time(from, -ID_APART_MS))}`] : []),
    ...(to ? [sql`at < ${time(to)} and id < ${firstIdAt(time(to, ID_APART_MS))}`] : []),
  ];
  return sql<Row>`
    select id, at, api_key_id, action, resource_type, resource_id, before, after, request_id
    from audit_log where ${sql.join(filters, sql` and `)}
    order by id desc limit ${limit}`;
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
