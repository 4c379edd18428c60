import { newId } from '@usher/db';
import { redriveJob, runTask, type Redrive } from '@usher/jobs';
import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
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
