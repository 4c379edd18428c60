import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import type { MailLedger } from './mail-ledger.ts';

/**
 * What must hold when everything is done, read off the tables and the mail server alone: every job
 * finished, one outcome per target and round, counts that add up, one email per sending plus at most
 * one per recorded ambiguity, and no email that nobody decided on.
 * @returns violations, in words; empty when all is well.
 */
export async function findViolations(db: Kysely<Database>, mail: MailLedger): Promise<string[]> {
  const violations: string[] = [];
  const find = async (what: string, query: ReturnType<typeof sql<{ id: string }>>) => {
    const { rows } = await query.execute(db);
    for (const row of rows) violations.push(`${what}: ${row.id}`);
  };
  await find('a job is unfinished', sql`select id from jobs where finished_at is null`);
  await find('a task is left', sql`select id from tasks`);
  await find(
    'outcomes do not match the targets',
    sql`select id from jobs where target_ids is distinct from
      (select coalesce(array_agg(target_id order by position), '{}') from outcomes
        where job_id = jobs.id and round = 1)`,
  );
  await find(
    'a success was repeated',
    sql`select job_id::text || '/' || position as id from outcomes
      where status = 'succeeded' group by job_id, position having count(*) > 1`,
  );
  await find(
    'an outcome came after a success',
    sql`select later.job_id::text || '/' || later.position as id from outcomes as later
      join outcomes as earlier using (job_id, position)
      where earlier.status = 'succeeded' and later.round > earlier.round`,
  );
  await find(
    'counts do not match the outcomes',
    sql`select id from jobs join lateral (
        select count(*) filter (where status = 'succeeded') as succeeded,
          count(*) filter (where status = 'failed') as failed,
          count(*) filter (where status = 'canceled') as canceled
        from (select distinct on (position) status from outcomes
          where job_id = jobs.id order by position, round desc) as latest) as seen on true
      where (jobs.succeeded, jobs.failed, jobs.canceled)
        is distinct from (seen.succeeded, seen.failed, seen.canceled)`,
  );
  await find(
    'an invitation with successes has no sending, or one without has one',
    sql`select invitations.id from invitations
      where exists (select 1 from outcomes where job_id = invitations.job_id and status = 'succeeded')
        is distinct from exists (select 1 from sendings where subject_id = invitations.id)`,
  );
  await find(
    'a success is not in the tables',
    sql`select outcomes.job_id::text || '/' || outcomes.position as id from outcomes
      left join invites on invites.id = (detail ->> 'invite_id')::uuid
        and invites.target_id = outcomes.target_id
      left join website_members as website on website.website_id = outcomes.target_id
        and website.user_id = (detail ->> 'user_id')::uuid
      left join group_members as "group" on "group".group_id = outcomes.target_id
        and "group".user_id = (detail ->> 'user_id')::uuid
      where outcomes.status = 'succeeded'
        and num_nonnulls(invites.id, website.user_id, "group".user_id) = 0`,
  );
  const { rows: sendings } = await sql<{ message_id: string; state: string; ambiguities: number }>`
    select message_id, state, ambiguities from sendings`.execute(db);
  const received = new Map<string, number>();
  for (const { messageId } of mail.mails) {
    received.set(messageId, (received.get(messageId) ?? 0) + 1);
  }
  for (const sending of sendings) {
    const count = received.get(`<${sending.message_id}>`) ?? 0;
    received.delete(`<${sending.message_id}>`);
    if (sending.state === 'pending') violations.push(`a sending is left: ${sending.message_id}`);
    if (sending.state === 'sent' && count === 0)
      violations.push(`sent, never received: ${sending.message_id}`);
    if (count > 1 + sending.ambiguities) {
      violations.push(
        `received ${count} times with ${sending.ambiguities} ambiguities: ${sending.message_id}`,
      );
    }
  }
  for (const messageId of received.keys())
    violations.push(`received, never decided on: ${messageId}`);
  return violations;
}
