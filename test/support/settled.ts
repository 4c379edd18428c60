import { sql } from 'kysely';
import type { System } from './system.ts';
import { waitFor } from './wait-for.ts';

/** Everything submitted is over, emails included. @throws what is left, once the time is over. */
export async function settled({ db }: System, timeoutMs = 240_000): Promise<void> {
  const left = async () => {
    const { rows } = await sql<{ jobs: number; tasks: number }>`
      select (select count(*) from tasks) as tasks,
        (select count(*) from jobs where finished_at is null) as jobs`.execute(db);
    return rows[0] as { jobs: number; tasks: number };
  };
  try {
    await waitFor(
      'nothing is left to do',
      async () => Object.values(await left()).every((n) => n === 0),
      timeoutMs,
    );
  } catch (error) {
    const { rows } = await sql`
      select id, kind, job_id, lane, suspect, attempts, deaths, last_code, last_message, due_at, sent_at,
        leased_until, held, cardinality(positions) as targets, now() from tasks limit 10`.execute(
      db,
    );
    throw new Error(`${JSON.stringify(await left())}: ${JSON.stringify(rows, null, 1)}`, {
      cause: error,
    });
  }
}
