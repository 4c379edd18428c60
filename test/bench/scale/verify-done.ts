import { Client } from 'pg';

/**
 * Look whether at least so many targets were really done, each with its membership and its outcome.
 * @throws where one is missing, or failed.
 */
export async function verifyDone(databaseUrl: string, targets: number): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Record<'done' | 'outcomes' | 'members' | 'failed', number>>(
      `select
        (select coalesce(sum(succeeded), 0)::int from jobs) as done,
        (select coalesce(sum(failed + canceled), 0)::int from jobs) as failed,
        (select count(*)::int from outcomes where code = 'added') as outcomes,
        (select count(*)::int from website_members) as members`,
    );
    const { done = 0, failed, outcomes, members } = rows[0] ?? {};
    if (done < targets || failed !== 0 || outcomes !== done || members !== done) {
      throw new Error(
        `of ${targets} targets ${done} were done and ${failed} failed, with ${outcomes} outcomes and ${members} memberships`,
      );
    }
  } finally {
    await client.end();
  }
}
