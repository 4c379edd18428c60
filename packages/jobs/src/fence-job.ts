import type { Database } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';

/**
 * The client stopped waiting and will be told that nothing changed: make that true. A job that had
 * finished first, or that another request was told of by a 202, stays as it is.
 * @returns what to answer for: `fenced`, and its idempotency keys are free again; or what came first.
 */
export async function fenceJob(
  db: Kysely<Database>,
  jobId: string,
): Promise<'fenced' | 'finished' | 'acknowledged'> {
  const fate = await db.transaction().execute(async (trx) => {
    await sql`update jobs set fenced_at = now()
      where id = ${jobId} and fenced_at is null and finished_at is null and not acknowledged`.execute(
      trx,
    );
    const job = await trx
      .selectFrom('jobs')
      .select(['fenced_at', 'finished_at'])
      .where('id', '=', jobId)
      .executeTakeFirstOrThrow();
    if (job.fenced_at === null) return job.finished_at === null ? 'acknowledged' : 'finished';
    await forgetKeys(trx, jobId);
    return 'fenced';
  });
  // Its targets fail as soon as a worker meets them: past any gate, since nothing will be called.
  if (fate === 'fenced') {
    await sql`update tasks set due_at = now(), gate = null
      where job_id = ${jobId} and sent_at is null and lease_token is null`.execute(db);
  }
  return fate;
}

/** Promise the job to a client, by a 202. False: it is fenced, and there is nothing to promise. */
export async function acknowledgeJob(db: Kysely<Database>, jobId: string): Promise<boolean> {
  const { rows } = await sql<{ fenced: boolean }>`
    update jobs set acknowledged = acknowledged or fenced_at is null
    where id = ${jobId} returning fenced_at is not null as fenced`.execute(db);
  return rows[0]?.fenced === false;
}

/**
 * A refusal is not kept: the same key makes a new job. Unless somebody was promised this one by a 202,
 * for whom it is the answer.
 */
export async function forgetKeys(
  db: Kysely<Database> | Transaction<Database>,
  jobId: string,
): Promise<void> {
  await sql`delete from idempotency_keys using jobs
    where idempotency_keys.job_id = ${jobId} and jobs.id = ${jobId} and not jobs.acknowledged`.execute(
    db,
  );
}
