import { newId } from '@usher/db';
import { redriveJob, runTask, type Redrive } from '@usher/jobs';
import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { resendInvitation } from '../bulk-invite/resend-invitation.ts';
import { jobKinds } from '../registry.ts';
import { aBulkInvite, KIND_OPTIONS, runJob, useKinds } from '../testing/use-kinds.ts';

const use = useKinds();
beforeEach(() => {
  use.emails = [];
  use.answers = [];
});

const redrive = (jobId: string, more: Redrive = {}) =>
  use.db.transaction().execute((trx) =>
    redriveJob(trx, jobKinds(KIND_OPTIONS), {
      viewer: { orgId: use.orgId, onlyKeyId: null },
      jobId,
      ...more,
    }),
  );

const sendingsOf = (jobId: string) =>
  use.db
    .selectFrom('sendings')
    .select(['number', 'state'])
    .where('job_id', '=', jobId)
    .orderBy('number')
    .execute();

/** A website that will be there only later. */
const missing = () => newId();
const appear = (id: string) =>
  sql`insert into websites (id, org_id, url, name)
    values (${id}, ${use.orgId}, ${`late-${id}.example`}, 'Late')`.execute(use.db);

test('where no email went yet, the round that first succeeds sends it', async () => {
  const website = missing();
  const jobId = await aBulkInvite(use, [website]);
  await runJob(use, jobId);
  expect(await sendingsOf(jobId)).toEqual([]);
  await appear(website);
  await redrive(jobId);
  await runJob(use, jobId);
  await runJob(use, jobId);
  expect(await sendingsOf(jobId)).toEqual([{ number: 1, state: 'sent' }]);
  expect(use.emails).toHaveLength(1);
});

test('an email that has gone out goes out again only where that is asked for, and names everything', async () => {
  const [quiet, loud] = [missing(), missing()];
  const jobId = await aBulkInvite(use, [use.websiteIds[0]!, quiet, loud]);
  await runJob(use, jobId);
  await runJob(use, jobId);
  expect(use.emails).toHaveLength(1);

  await appear(quiet);
  await redrive(jobId);
  await runJob(use, jobId);
  await runJob(use, jobId);
  expect(await sendingsOf(jobId)).toEqual([{ number: 1, state: 'sent' }]);

  await appear(loud);
  await redrive(jobId, { resendEmail: true });
  await runJob(use, jobId);
  await runJob(use, jobId);
  expect(await sendingsOf(jobId)).toEqual([
    { number: 1, state: 'sent' },
    { number: 2, state: 'sent' },
  ]);
  const { content, messageId } = use.emails[1]!;
  expect(content).toMatchObject({ items: [{}, {}, {}] });
  expect(messageId).not.toBe(use.emails[0]!.messageId);
});

test('with nothing to try, an email that is asked for again is sent all the same', async () => {
  const jobId = await aBulkInvite(use, [use.websiteIds[1]!]);
  await runJob(use, jobId);
  await runJob(use, jobId);
  await redrive(jobId, { resendEmail: true });
  await runJob(use, jobId);
  expect(use.emails).toHaveLength(2);
});

test('an email that nobody was handed is withdrawn: the round’s end decides it anew', async () => {
  const website = missing();
  const jobId = await aBulkInvite(use, [use.websiteIds[2]!, website]);
  await runJob(use, jobId);
  expect(await sendingsOf(jobId)).toEqual([{ number: 1, state: 'pending' }]);
  await appear(website);
  await redrive(jobId);
  expect(await sendingsOf(jobId)).toEqual([]);
  await runJob(use, jobId);
  await runJob(use, jobId);
  expect(use.emails).toHaveLength(1);
  expect(use.emails[0]!.content).toMatchObject({ items: [{}, {}] });
});

test('while the email is being handed over a redrive is refused, for a moment', async () => {
  const jobId = await aBulkInvite(use, [use.websiteIds[3]!, missing()]);
  await runJob(use, jobId);
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  use.answers = [
    async () => {
      begun.resolve();
      await held.promise;
      return { kind: 'accepted', response: '250 OK' };
    },
  ];
  const sending = runJob(use, jobId);
  await begun.promise;
  await expect(redrive(jobId)).rejects.toMatchObject({
    code: 'state_conflict',
    retryAfterSeconds: expect.any(Number),
  });
  held.resolve();
  await sending;
  await redrive(jobId);
});

test('what succeeded before a job was canceled is announced, once', async () => {
  const jobId = await aBulkInvite(use, use.websiteIds.slice(4, 6));
  const engine = use.engine();
  const [task] = await use.db.selectFrom('tasks').selectAll().where('job_id', '=', jobId).execute();
  // Half of it is done, as after a failure of the other half.
  await sql`update tasks set positions = '{0}', target_ids = target_ids[1:1] where id = ${task!.id}`.execute(
    use.db,
  );
  await sql`insert into tasks (id, org_id, kind, job_id, lane, positions, target_ids)
    values (${newId()}, ${use.orgId}, ${task!.kind}, ${jobId}, ${task!.lane}, '{1}', ${task!.target_ids.slice(1)}::uuid[])`.execute(
    use.db,
  );
  await runTask(engine, { taskId: task!.id, redelivered: false });
  await sql`update jobs set cancel_requested_at = now() where id = ${jobId}`.execute(use.db);
  await runJob(use, jobId);
  await runJob(use, jobId);
  expect(use.emails).toHaveLength(1);
  expect(use.emails[0]!.content).toMatchObject({ items: [{}] });
});

test('an email that is asked for twice before it went out goes out once', async () => {
  const jobId = await aBulkInvite(use, [use.websiteIds[0]!]);
  await runJob(use, jobId);
  await redrive(jobId, { resendEmail: true });
  await Promise.all([redrive(jobId, { resendEmail: true }), redrive(jobId, { resendEmail: true })]);
  expect(await sendingsOf(jobId)).toEqual([{ number: 1, state: 'pending' }]);
  await runJob(use, jobId);
  expect(use.emails).toHaveLength(1);
});

test('with nothing to try, an email that is being handed over is not decided anew', async () => {
  const jobId = await aBulkInvite(use, [use.websiteIds[1]!]);
  await runJob(use, jobId);
  await sql`update tasks set lease_token = ${newId()}::uuid, leased_until = now() + interval '1 minute', sent_at = now()
    where job_id = ${jobId}`.execute(use.db);
  await expect(redrive(jobId, { resendEmail: true })).rejects.toMatchObject({
    code: 'state_conflict',
    retryAfterSeconds: expect.any(Number),
  });
  expect(await sendingsOf(jobId)).toEqual([{ number: 1, state: 'pending' }]);
});

test('while a round begins, an email alone cannot be asked for: the round’s end decides on it', async () => {
  const website = missing();
  const jobId = await aBulkInvite(use, [use.websiteIds[2]!, website]);
  await runJob(use, jobId);
  await runJob(use, jobId);
  await appear(website);
  const kinds = jobKinds(KIND_OPTIONS);
  const viewer = { orgId: use.orgId, onlyKeyId: null };
  const begins = await use.db.startTransaction().execute();
  await redriveJob(begins, kinds, { viewer, jobId });
  const alone = redrive(jobId, { codes: ['already_member'], resendEmail: true });
  const refused = expect(alone).rejects.toMatchObject({ code: 'state_conflict' });
  await waitFor('it waits for the round', async () => {
    const { rows } = await sql`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(use.db);
    return rows.length === 1;
  });
  await begins.commit().execute();
  await refused;
  expect(await sendingsOf(jobId)).toEqual([{ number: 1, state: 'sent' }]);
});

test('an email asked for by hand goes out before another round begins', async () => {
  const website = missing();
  const jobId = await aBulkInvite(use, [use.websiteIds[3]!, website]);
  await runJob(use, jobId);
  await runJob(use, jobId);
  const { id: invitationId } = await use.db
    .selectFrom('invitations')
    .select('id')
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow();
  const viewer = { orgId: use.orgId, onlyKeyId: null };
  await use.db
    .transaction()
    .execute((trx) => resendInvitation(trx, { viewer, invitationId, lifetimeHours: 48 }));
  await appear(website);
  await expect(redrive(jobId)).rejects.toMatchObject({
    code: 'state_conflict',
    message: 'An email of this invitation is still to go out',
    retryAfterSeconds: expect.any(Number),
  });
  const { rows } = await sql<{ id: string }>`select tasks.id from tasks
    join sendings on sendings.id = tasks.subject_id where sendings.subject_id = ${invitationId}`.execute(
    use.db,
  );
  await runTask(use.engine(), { taskId: rows[0]!.id, redelivered: false });
  await redrive(jobId);
});

test('nothing is sent again of what nobody can accept any more', async () => {
  const jobId = await aBulkInvite(use, [use.websiteIds[4]!]);
  await runJob(use, jobId);
  await runJob(use, jobId);
  await sql`update invites set expires_at = now() - interval '1 s' from invitations
    where invitations.id = invitation_id and job_id = ${jobId}`.execute(use.db);
  await redrive(jobId, { resendEmail: true });
  expect(await sendingsOf(jobId)).toEqual([{ number: 1, state: 'sent' }]);
});
