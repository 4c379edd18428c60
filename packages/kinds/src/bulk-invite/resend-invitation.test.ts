import { acceptInvitation, revokeInvitation } from '@usher/directory';
import { listAuditLog, NO_KEY } from '@usher/events';
import { runTask } from '@usher/jobs';
import { newId } from '@usher/db';
import { sql, type RawBuilder } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { aBulkInvite, anEmail, runJob, useKinds } from '../testing/use-kinds.ts';
import { resendInvitation } from './resend-invitation.ts';

const use = useKinds();
beforeEach(() => {
  use.emails = [];
  use.answers = [];
});

const LIFETIME_H = 48;
const viewer = () => ({ orgId: use.orgId, onlyKeyId: null });
const resend = (invitationId: string, by = NO_KEY) =>
  use.db.transaction().execute((trx) =>
    resendInvitation(trx, {
      viewer: viewer(),
      invitationId,
      lifetimeHours: LIFETIME_H,
      by,
    }),
  );

/** An invitation to all websites; its first email is still to be sent, unless `sent`. */
async function anInvitation(sent = true) {
  const email = `${newId()}@example.com`;
  const { jobId, task } = await anEmail(use, use.websiteIds, { email });
  if (sent) await runTask(use.engine(), { taskId: task.id, redelivered: false });
  const { id } = await use.db
    .selectFrom('invitations')
    .select('id')
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow();
  return { id, email, jobId, task };
}

const sendingsOf = (id: string) =>
  use.db
    .selectFrom('sendings')
    .selectAll()
    .where('subject_id', '=', id)
    .orderBy('number')
    .execute();

async function sendAll(id: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select tasks.id from tasks join sendings on sendings.id = tasks.subject_id
    where sendings.subject_id = ${id}`.execute(use.db);
  for (const task of rows) await runTask(use.engine(), { taskId: task.id, redelivered: false });
}

/** Hours from now until each invite expires. */
async function hoursLeft(id: string): Promise<number[]> {
  const { rows } = await sql<{ hours: number }>`
    select round(extract(epoch from expires_at - now()) / 3600)::int as hours from invites
    where invitation_id = ${id} order by target_id`.execute(use.db);
  return rows.map(({ hours }) => hours);
}
const expire = (id: string, websiteId: string | null = null) =>
  sql`update invites set expires_at = now() - interval '1 s'
    where invitation_id = ${id} and website_id = coalesce(${websiteId}::uuid, website_id)`.execute(
    use.db,
  );

const conflict = (words: string) => ({
  code: 'state_conflict',
  message: expect.stringContaining(words),
});

test('one more email goes out, and everything that is undecided has its full time again', async () => {
  const { id, email } = await anInvitation();
  await expire(id, use.websiteIds[0]!);
  const { invitation, lanes } = await resend(id);
  expect(lanes).toEqual(['email']);
  const total = use.websiteIds.length;
  expect(invitation).toMatchObject({
    state: 'pending',
    targets: { total, pending: total, expired: 0 },
    email_state: 'pending',
  });
  expect(new Set(await hoursLeft(id))).toEqual(new Set([LIFETIME_H]));
  await sendAll(id);
  expect(await sendingsOf(id)).toMatchObject([
    { number: 1, state: 'sent' },
    { number: 2, state: 'sent', recipient: email },
  ]);
  expect(use.emails.map(({ to }) => to)).toEqual([email, email]);
  expect(new Set(use.emails.map(({ messageId }) => messageId)).size).toBe(2);
});

test('one that has expired wholly is open again, and its link accepts it', async () => {
  const { id } = await anInvitation();
  await expire(id);
  expect((await resend(id)).invitation.state).toBe('pending');
  const { accepted } = await acceptInvitation(use.db, id);
  expect(accepted).toHaveLength(use.websiteIds.length);
});

test('a deadline that the invitation came with is not moved by sending it again', async () => {
  const anHour = 3_600_000;
  const withEnd = async (ms: number) => {
    const ends_at = new Date(Date.now() + ms).toISOString();
    const invitation = await anInvitation();
    await sql`update jobs set input = jsonb_set(input, '{ends_at}', to_jsonb(${ends_at}::text))
      where id = ${invitation.jobId}`.execute(use.db);
    return { ...invitation, ends_at };
  };
  const soon = await withEnd(2 * anHour);
  const { invitation } = await resend(soon.id);
  expect(invitation.expires_at).toBe(soon.ends_at);
  const late = await withEnd(2 * LIFETIME_H * anHour);
  await resend(late.id);
  expect(new Set(await hoursLeft(late.id))).toEqual(new Set([LIFETIME_H]));
  const over = await withEnd(-1_000);
  await expire(over.id);
  await expect(resend(over.id)).rejects.toMatchObject(conflict('deadline'));
  expect(await sendingsOf(over.id)).toHaveLength(1);
});

test('what a newer invite took the place of stays expired', async () => {
  const { id, email } = await anInvitation();
  await expire(id);
  await runJob(use, await aBulkInvite(use, use.websiteIds.slice(0, 1), { email }));
  const { invitation } = await resend(id);
  const total = use.websiteIds.length;
  expect(invitation.targets).toMatchObject({ total, pending: total - 1, expired: 1 });

  const whole = await anInvitation();
  await expire(whole.id);
  await runJob(use, await aBulkInvite(use, use.websiteIds, { email: whole.email }));
  await expect(resend(whole.id)).rejects.toMatchObject(conflict('expired'));
});

test('while an email waits, is tried again or is being handed over: later, and when', async () => {
  const { id, task } = await anInvitation(false);
  const soon = { ...conflict('still to go out'), retryAfterSeconds: 5 };
  await expect(resend(id)).rejects.toMatchObject(soon);
  await sql`update tasks set due_at = now() + interval '40 s' where id = ${task.id}`.execute(
    use.db,
  );
  await expect(resend(id)).rejects.toMatchObject({ ...soon, retryAfterSeconds: 40 });
  await sql`update tasks set lease_token = ${newId()}, leased_until = now() + interval '9 s'
    where id = ${task.id}`.execute(use.db);
  await expect(resend(id)).rejects.toMatchObject(soon);
  expect(await sendingsOf(id)).toHaveLength(1);
});

test('many clicks at once send one email', async () => {
  const { id } = await anInvitation();
  const clicks = await Promise.allSettled(Array.from({ length: 8 }, () => resend(id)));
  expect(clicks.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const click of clicks) {
    if (click.status === 'rejected') {
      expect(click.reason).toMatchObject({ code: 'state_conflict', retryAfterSeconds: 5 });
    }
  }
  expect(await sendingsOf(id)).toHaveLength(2);
});

test('an accepted and a revoked one are not sent again, and nothing of them changes', async () => {
  const accepted = await anInvitation();
  await acceptInvitation(use.db, accepted.id);
  const revoked = await anInvitation();
  await revokeInvitation(use.db, viewer(), revoked.id);
  for (const [{ id }, state] of [
    [accepted, 'accepted'],
    [revoked, 'revoked'],
  ] as const) {
    const before = await hoursLeft(id);
    await expect(resend(id)).rejects.toMatchObject(conflict(`already ${state}`));
    expect([await hoursLeft(id), (await sendingsOf(id)).length]).toEqual([before, 1]);
  }
});

test('accepted and sent again at the same moment, no email is decided on after the acceptance', async () => {
  for (let round = 0; round < 6; round += 1) {
    const { id } = await anInvitation();
    const [accepted, resent] = await Promise.allSettled([acceptInvitation(use.db, id), resend(id)]);
    expect(accepted.status).toBe('fulfilled');
    const sendings = await sendingsOf(id);
    expect(sendings).toHaveLength(resent.status === 'fulfilled' ? 2 : 1);
    if (resent.status === 'rejected') {
      expect(resent.reason).toMatchObject(conflict('already accepted'));
    }
  }
});

test('while its job is under way the email at its end is enough', async () => {
  const { id, jobId } = await anInvitation();
  await sql`update invitations set remaining = 1 where job_id = ${jobId}`.execute(use.db);
  await expect(resend(id)).rejects.toMatchObject({
    ...conflict('under way'),
    retryAfterSeconds: 5,
  });
});

test('while its job stands still it is told what to do, and no time at which that would be over', async () => {
  const { id, jobId } = await anInvitation();
  await sql`update invitations set remaining = 1 where job_id = ${jobId}`.execute(use.db);
  const set = (change: RawBuilder<unknown>) =>
    sql`update jobs set ${change} where id = ${jobId}`.execute(use.db);
  const still = (words: string) => ({ ...conflict(words), retryAfterSeconds: undefined });
  await set(sql`finished_at = null, remaining = 1, succeeded = succeeded - 1`);
  await set(sql`paused_at = now()`);
  await expect(resend(id)).rejects.toMatchObject(still('is paused: resume it'));
  await set(sql`paused_at = null, started_at = null, start_at = '2999-01-01T00:00:00Z'`);
  await expect(resend(id)).rejects.toMatchObject(still('starts at 2999-01-01T00:00:00.000Z'));

  const moves = { ...conflict('under way'), retryAfterSeconds: 5 };
  await set(sql`paused_at = now(), cancel_requested_at = now(), start_at = null`);
  await expect(resend(id)).rejects.toMatchObject(moves);
  await set(sql`paused_at = null, cancel_requested_at = null, start_at = now() - interval '1 s'`);
  await expect(resend(id)).rejects.toMatchObject(moves);
});

test('an email that failed, or that had nothing to say, can be sent again', async () => {
  const { id, task } = await anInvitation(false);
  await expire(id);
  await runTask(use.engine(), { taskId: task.id, redelivered: false });
  expect(await sendingsOf(id)).toMatchObject([{ state: 'failed' }]);
  await resend(id);
  await sendAll(id);
  expect(await sendingsOf(id)).toMatchObject([{ state: 'failed' }, { state: 'sent' }]);
});

test('it is written down by whom, once; what is refused is not', async () => {
  const { id } = await anInvitation();
  const by = { apiKeyId: newId(), requestId: newId() };
  await resend(id, by);
  await expect(resend(id, by)).rejects.toMatchObject({ code: 'state_conflict' });
  const { entries } = await listAuditLog(use.db, use.orgId, { limit: 50, resource_id: id });
  expect(entries).toMatchObject([
    {
      action: 'invitation.resend',
      api_key_id: by.apiKeyId,
      request_id: by.requestId,
      before: { state: 'pending', emails: 1 },
      after: { state: 'pending', emails: 2 },
    },
  ]);
});

test('another organization’s is not found', async () => {
  const { id } = await anInvitation();
  const work = use.db.transaction().execute((trx) =>
    resendInvitation(trx, {
      viewer: { orgId: newId(), onlyKeyId: null },
      invitationId: id,
      lifetimeHours: LIFETIME_H,
    }),
  );
  await expect(work).rejects.toMatchObject({ code: 'not_found' });
});
