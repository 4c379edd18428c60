import { newId, type Database } from '@usher/db';
import type { JobHead, TaskDraft } from '@usher/jobs';
import { sql, type RawBuilder, type Transaction } from 'kysely';

export const EMAIL = 'email';

export interface NewSending {
  orgId: string;
  jobId: string | null;
  purpose: string;
  subjectId: string;
  recipient: string;
}

/**
 * Decide to send an email: its row, once per purpose, subject and number, and the task that carries it
 * out. Deciding it again decides nothing.
 */
export function decideSending(
  trx: Transaction<Database>,
  sending: NewSending & { number: number },
): Promise<TaskDraft[]> {
  return insertSending(trx, sending, sql`select ${sending.number}::int`);
}

/**
 * Decide on the email at the end of a job's round: if none went yet, or if this round was told to send
 * one whatever went before. One that failed did not go.
 */
export function decideRoundsEmail(
  trx: Transaction<Database>,
  job: Pick<JobHead, 'resend_email'>,
  sending: NewSending,
): Promise<TaskDraft[]> {
  return insertSending(
    trx,
    sending,
    sql`select coalesce(max(number), 0) + 1 from sendings
      where purpose = ${sending.purpose} and subject_id = ${sending.subjectId}
      having ${job.resend_email}::bool or coalesce(bool_and(state = 'failed'), true)`,
  );
}

async function insertSending(
  trx: Transaction<Database>,
  { orgId, jobId, purpose, subjectId, recipient }: NewSending,
  number: RawBuilder<unknown>,
): Promise<TaskDraft[]> {
  const id = newId();
  const { rows } = await sql<{ id: string }>`
    insert into sendings (id, org_id, job_id, purpose, subject_id, number, recipient, message_id)
    select ${id}::uuid, ${orgId}::uuid, ${jobId}::uuid, ${purpose}::text, ${subjectId}::uuid, number,
      ${recipient}::text, ${`${id}@usher`}::text
    from (${number}) as next (number)
    on conflict (purpose, subject_id, number) do nothing
    returning id`.execute(trx);
  return rows.map((row) => ({
    id: newId(),
    org_id: orgId,
    kind: EMAIL,
    lane: 'email',
    job_id: jobId,
    subject_id: row.id,
  }));
}
