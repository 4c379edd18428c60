import { newId, type Database } from '@usher/db';
import type { TaskDraft } from '@usher/jobs';
import { sql, type Transaction } from 'kysely';

export const EMAIL = 'email';

/**
 * Decide to send an email: its row, once per purpose, subject and number, and the task that carries it
 * out. Deciding it again decides nothing.
 */
export async function decideSending(
  trx: Transaction<Database>,
  sending: {
    orgId: string;
    /** Null: it belongs to no job. */
    jobId: string | null;
    purpose: string;
    subjectId: string;
    recipient: string;
    number?: number;
  },
): Promise<TaskDraft[]> {
  const id = newId();
  const { rows } = await sql<{ id: string }>`
    insert into sendings (id, org_id, job_id, purpose, subject_id, number, recipient, message_id)
    values (${id}, ${sending.orgId}, ${sending.jobId}, ${sending.purpose}, ${sending.subjectId},
      ${sending.number ?? 1}, ${sending.recipient}, ${`${id}@usher`})
    on conflict (purpose, subject_id, number) do nothing
    returning id`.execute(trx);
  return rows.map((row) => ({
    id: newId(),
    org_id: sending.orgId,
    kind: EMAIL,
    lane: 'email',
    job_id: sending.jobId,
    subject_id: row.id,
  }));
}
