import { newId, prepared, type Database } from '@usher/db';
import type { TaskDraft } from '@usher/jobs';
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
  return insertSendings(trx, [{ ...sending, again: false }], sql`select ${sending.number}::int`);
}

/**
 * Decide on the emails at the end of jobs' rounds: on each if none went yet, or if its round was told to
 * send one whatever went before (`again`). One that failed did not go.
 */
export function decideRoundsEmails(
  trx: Transaction<Database>,
  sendings: ReadonlyArray<NewSending & { again: boolean }>,
): Promise<TaskDraft[]> {
  return insertSendings(
    trx,
    sendings,
    sql`select coalesce(max(earlier.number), 0) + 1 from sendings as earlier
      where earlier.purpose = wanted.purpose and earlier.subject_id = wanted.subject_id
      having wanted.again or coalesce(bool_and(earlier.state = 'failed'), true)`,
  );
}

/** @param number a query for the number of each that is `wanted`; without a row it is not decided on. */
async function insertSendings(
  trx: Transaction<Database>,
  sendings: ReadonlyArray<NewSending & { again: boolean }>,
  number: RawBuilder<unknown>,
): Promise<TaskDraft[]> {
  const each = <T>(read: (sending: (typeof sendings)[number]) => T) => sendings.map(read);
  const { rows } = await sql<TaskDraft>`${prepared}
    insert into sendings (id, org_id, job_id, purpose, subject_id, number, recipient, message_id)
    select id, org_id, job_id, purpose, subject_id, next.number, recipient, id || '@usher'
    from unnest(
      ${each(() => newId())}::uuid[],
      ${each(({ orgId }) => orgId)}::uuid[],
      ${each(({ jobId }) => jobId)}::uuid[],
      ${each(({ purpose }) => purpose)}::text[],
      ${each(({ subjectId }) => subjectId)}::uuid[],
      ${each(({ recipient }) => recipient)}::text[],
      ${each(({ again }) => again)}::bool[]
    ) as wanted (id, org_id, job_id, purpose, subject_id, recipient, again)
    cross join lateral (${number}) as next (number)
    on conflict (purpose, subject_id, number) do nothing
    returning org_id, job_id, id as subject_id`.execute(trx);
  return rows.map((row) => ({ ...row, id: newId(), kind: EMAIL, lane: 'email' }));
}
