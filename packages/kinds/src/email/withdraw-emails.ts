import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import { EMAIL } from './decide-sending.ts';

const HANDED_OVER_S = 5;

/**
 * Take back the emails of a job that nobody has been handed: as if they had never been decided on. One
 * that may have arrived, though its attempt ended without an answer, goes its way.
 * @throws {PublicError} `state_conflict` while one is being handed over.
 */
export async function withdrawEmails(trx: Transaction<Database>, jobId: string): Promise<void> {
  const { rows } = await sql<{ id: string; subject_id: string; leased: boolean }>`
    select id, subject_id, lease_token is not null as leased from tasks
    where job_id = ${jobId} and kind = ${EMAIL} order by id for update`.execute(trx);
  if (rows.some(({ leased }) => leased)) {
    throw new PublicError('state_conflict', 'The email of the job is being handed over just now', {
      retryAfterSeconds: HANDED_OVER_S,
    });
  }
  await sql`
    with withdrawn as (
      delete from sendings where job_id = ${jobId} and state = 'pending' and ambiguities = 0
        and id = any (${rows.map(({ subject_id }) => subject_id)}::uuid[])
      returning id
    )
    delete from tasks using withdrawn
    where tasks.kind = ${EMAIL} and tasks.subject_id = withdrawn.id`.execute(trx);
}
