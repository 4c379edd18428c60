import { sql, type Kysely } from 'kysely';
import type { Database } from './tables.ts';

/** How a Postgres is set up, as far as it matters to us. */
export interface DatabaseFacts {
  /** As in `18.4`. */
  version: string;
  major: number;
  /** How much its clock is ahead of ours, in milliseconds, give or take `clockErrorMs`. */
  clockAheadMs: number;
  clockErrorMs: number;
  /** A standby, or set to refuse writes. */
  readOnly: boolean;
  /** For roles like ours: without those that are kept for others. */
  maxConnections: number;
  /** Open at present, of all databases. */
  connections: number;
  /** On or off, as `show` says; `synchronous_commit` has more values. */
  settings: Record<'fsync' | 'full_page_writes' | 'synchronous_commit' | 'autovacuum', string>;
}

/** Look at a Postgres, and change nothing. @throws when it cannot be reached. */
export async function inspectDatabase(db: Kysely<Database>): Promise<DatabaseFacts> {
  // The first connection takes long: the clock is looked at on one that is there.
  await sql`select 1`.execute(db);
  const before = Date.now();
  const { rows: clock } = await sql<{ ms: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`.execute(db);
  const after = Date.now();
  const { rows } = await sql<{
    version: string;
    number: number;
    read_only: boolean;
    most: number;
    connections: number;
    fsync: string;
    full_page_writes: string;
    synchronous_commit: string;
    autovacuum: string;
  }>`
    select current_setting('server_version') as version,
      current_setting('server_version_num')::int as number,
      pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as read_only,
      current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true), '0')::int as most,
      (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections,
      current_setting('fsync') as fsync,
      current_setting('full_page_writes') as full_page_writes,
      current_setting('synchronous_commit') as synchronous_commit,
      case when current_setting('track_counts') = 'on'
        then current_setting('autovacuum') else 'off' end as autovacuum`.execute(db);
  const found = rows[0];
  if (!found) throw new Error('Postgres answered with no row');
  const { fsync, full_page_writes, synchronous_commit, autovacuum } = found;
  return {
    version: found.version.split(' ')[0] ?? found.version,
    major: Math.floor(found.number / 10_000),
    clockAheadMs: Math.round((clock[0]?.ms ?? before) - (before + after) / 2),
    clockErrorMs: Math.ceil((after - before) / 2),
    readOnly: found.read_only,
    maxConnections: found.most,
    connections: found.connections,
    settings: { fsync, full_page_writes, synchronous_commit, autovacuum },
  };
}
