import { Client } from 'pg';

/** Bytes on disk. */
export interface TableSize {
  /** Rows, with what is kept apart because it is long. */
  table: number;
  indexes: number;
}

export interface Sizes {
  tables: Record<string, TableSize>;
  /** Of the log since Postgres' first day. */
  wal: number;
}

/** What every table of a database holds, and how long Postgres' log has become. */
export async function readSizes(databaseUrl: string): Promise<Sizes> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string; table: string; indexes: string }>(
      `select relnamespace::regnamespace || '.' || relname as name,
        pg_table_size(oid) as table, pg_indexes_size(oid) as indexes
      from pg_class
      where relkind = 'r' and relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'`,
    );
    const { rows: wal } = await client.query<{ bytes: string }>(
      `select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as bytes`,
    );
    return {
      tables: Object.fromEntries(
        tables.map(({ name, table, indexes }) => [
          name.replace(/^public\./, ''),
          { table: Number(table), indexes: Number(indexes) },
        ]),
      ),
      wal: Number(wal[0]?.bytes),
    };
  } finally {
    await client.end();
  }
}

/** What came to each of so many targets between two readings; tables that did not grow are left out. */
export function growthPerTarget(before: Sizes, after: Sizes, targets: number): Sizes {
  const grown = Object.entries(after.tables).map(([name, { table, indexes }]) => {
    const was = before.tables[name] ?? { table: 0, indexes: 0 };
    const growth = {
      table: (table - was.table) / targets,
      indexes: (indexes - was.indexes) / targets,
    };
    return [name, growth] as const;
  });
  return {
    tables: Object.fromEntries(grown.filter(([, each]) => each.table + each.indexes >= 0.5)),
    wal: (after.wal - before.wal) / targets,
  };
}
