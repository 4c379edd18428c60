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

/**
 * An invitation's email that was asked for by hand tells what there is when it goes out: were a round
 * under way by then, nobody would tell the rest.
 * @throws {PublicError} `state_conflict` while one is still to go out, and when to try again.
 */
export async function refuseWhileResent(trx: Transaction<Database>, jobId: string): Promise<void> {
  const { rows } = await sql<{ seconds: number }>`
    select greatest(${HANDED_OVER_S}::int, ceil(extract(epoch from
      case when tasks.lease_token is null then tasks.due_at - now() end))::int) as seconds
    from invitations
    join sendings on sendings.purpose = 'invitation' and sendings.subject_id = invitations.id
      and sendings.job_id is null and sendings.state = 'pending'
    left join tasks on tasks.kind = ${EMAIL} and tasks.subject_id = sendings.id
    where invitations.job_id = ${jobId}`.execute(trx);
  const [first] = rows;
  if (!first) return;
  throw new PublicError('state_conflict', 'An email of this invitation is still to go out', {
    retryAfterSeconds: first.seconds,
  });
}
