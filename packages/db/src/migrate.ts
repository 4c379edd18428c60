import { sql, type Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { createDatabase } from './create-database.ts';
import { migrations } from './migrations/index.ts';
import type { Database } from './tables.ts';

const MIGRATION_TABLE = 'usher_migrations';

/** The schema that this build needs: the name of its newest migration. */
export const SCHEMA_VERSION = Object.keys(migrations).at(-1) as string;

/** Thrown when the schema is missing or older than this build; its message names the mending command. */
export class SchemaOutdatedError extends Error {
  override name = 'SchemaOutdatedError';
}

/**
 * Bring the database's schema up to this build's. Safe to run twice and by two at once.
 * @returns the names of the migrations that this call applied.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  // Migrations may rewrite big tables: no statement timeout here, unlike everywhere else.
  const db = createDatabase({
    url: databaseUrl,
    application: 'usher-migrate',
    poolSize: 2,
    statementTimeoutMs: 0,
  });
  try {
    const migrator = new Migrator({
      db,
      provider: { getMigrations: async () => migrations },
      migrationTableName: MIGRATION_TABLE,
      migrationLockTableName: `${MIGRATION_TABLE}_lock`,
    });
    const { error, results } = await migrator.migrateToLatest();
    if (error) throw error;
    return (results ?? []).map((result) => result.migrationName);
  } finally {
    await db.destroy();
  }
}

/** @throws {SchemaOutdatedError} when the schema is missing or older than this build needs. */
export async function assertSchema(db: Kysely<Database>): Promise<void> {
  const { rows: found } = await sql<{ present: boolean }>`
    select to_regclass(${MIGRATION_TABLE}) is not null as present`.execute(db);
  if (!found[0]?.present) {
    throw new SchemaOutdatedError(
      'The database has no Usher schema yet. Run `usher migrate` to create it.',
    );
  }
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.table(MIGRATION_TABLE)}`.execute(db);
  const applied = new Set(rows.map((row) => row.name));
  const missing = Object.keys(migrations).filter((name) => !applied.has(name));
  if (missing.length > 0) {
    throw new SchemaOutdatedError(
      `The database schema is older than this build: ${missing.join(', ')} not applied. Run \`usher migrate\`.`,
    );
  }
}
