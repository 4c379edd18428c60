import type { Database } from '@usher/db';
import type { InsertObject, Transaction } from 'kysely';

const ROWS_PER_STATEMENT = 500;

/** Insert tasks, in as few statements as the protocol's limit on parameters allows. */
export async function insertTasks(
  trx: Transaction<Database>,
  tasks: ReadonlyArray<InsertObject<Database, 'tasks'>>,
): Promise<void> {
  for (let at = 0; at < tasks.length; at += ROWS_PER_STATEMENT) {
    await trx
      .insertInto('tasks')
      .values(tasks.slice(at, at + ROWS_PER_STATEMENT))
      .execute();
  }
}
