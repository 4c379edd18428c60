import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { isValid } from './find-caller.ts';

/** Those of these keys that are revoked, expired or gone. */
export async function findEndedKeys(
  db: Kysely<Database>,
  keyIds: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select asked.id from unnest(${[...keyIds]}::uuid[]) as asked (id)
    where not exists (select from api_keys k where k.id = asked.id and ${isValid})`.execute(db);
  return rows.map(({ id }) => id);
}
