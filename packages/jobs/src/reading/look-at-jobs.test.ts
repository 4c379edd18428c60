import { createDatabase, newId, type Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { startOwnPostgres } from '../../../../test/support/own-postgres.ts';
import { lookAtJobs } from './look-at-jobs.ts';

/** Its log is flushed by commits alone; the tests' Postgres flushes for nobody. */
const LAZY = { synchronous_commit: 'on', wal_writer_delay: '10s' };

test('what a look saw of transactions holds after a crash of Postgres: no number is given again', async () => {
  const postgres = await startOwnPostgres(LAZY);
  onTestFinished(() => postgres.drop());
  const connect = () => {
    const db = createDatabase({ url: postgres.url, application: 'test', poolSize: 1 });
    onTestFinished(() => db.destroy());
    return db;
  };
  const before = connect();
  const jobId = await aJobRow(before);
  const takenBack = await before.transaction().execute(numberOf).catch(numberOfRolledBack);
  const seen = (await lookAtJobs(before, [jobId])).get(jobId);
  const { snapshot } = seen as { snapshot: string };
  expect(await isVisible(before, takenBack, snapshot)).toBe(true);
  await postgres.crash();
  await postgres.start();
  const after = connect();
  const { rows } = await sql<{ xid: string }>`select pg_current_xact_id()::text as xid`.execute(
    after,
  );
  expect(await isVisible(after, rows[0]?.xid as string, snapshot)).toBe(false);
});

class TakenBack extends Error {
  override name = 'TakenBack';
}

/** Writes, and rolls back. @throws {TakenBack} with the transaction's number. */
async function numberOf(trx: Kysely<Database>): Promise<never> {
  const { rows } = await sql<{ xid: string }>`
    insert into organizations (id, name) values (${newId()}, 'Nobody')
    returning pg_current_xact_id()::text as xid`.execute(trx);
  throw new TakenBack(rows[0]?.xid);
}

function numberOfRolledBack(error: unknown): string {
  if (error instanceof TakenBack) return error.message;
  throw error;
}

async function isVisible(db: Kysely<Database>, xid: string, snapshot: string): Promise<boolean> {
  const { rows } = await sql<{ visible: boolean }>`
    select pg_visible_in_snapshot(${xid}::xid8, ${snapshot}::pg_snapshot) as visible`.execute(db);
  return rows[0]?.visible === true;
}

async function aJobRow(db: Kysely<Database>): Promise<string> {
  const [id, orgId] = [newId(), newId()];
  await sql`insert into organizations (id, name) values (${orgId}, 'Acme')`.execute(db);
  await sql`insert into jobs (id, org_id, kind, input, target_ids, total, remaining)
    values (${id}, ${orgId}, 'test', '{}', array[${newId()}::uuid], 1, 1)`.execute(db);
  return id;
}
