import { newId } from '@usher/db';
import { runTask, type Engine } from '@usher/jobs';
import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { anEmail, sendingOf, useKinds } from '../testing/use-kinds.ts';
import type { SendResult } from './mailer.ts';

const use = useKinds();
beforeEach(() => {
  use.emails = [];
  use.answers = [];
});

const deliver = (taskId: string) => ({ taskId, redelivered: false });
const rejected = (permanent: boolean, retryAfterMs?: number): SendResult => ({
  kind: 'rejected',
  permanent,
  code: permanent ? 'smtp_550' : 'smtp_451',
  message: 'The server said no',
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const unanswered: SendResult = { kind: 'unanswered', message: 'reset after the last byte' };

const taskOf = (id: string) =>
  use.db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirst();

/** As a process leaves it that dies in the middle of the call. */
const die = (id: string) =>
  sql`update tasks set lease_token = ${newId()}, leased_until = now() - interval '1 s',
    attempts = attempts + 1 where id = ${id}`.execute(use.db);

test('an email that is accepted is sent once, and its task is gone', async () => {
  const { jobId, task } = await anEmail(use);
  await runTask(use.engine(), deliver(task.id));
  await runTask(use.engine(), deliver(task.id));
  expect(use.emails).toHaveLength(1);
  expect(await sendingOf(use.db, jobId)).toMatchObject({
    state: 'sent',
    sent_at: expect.any(Date),
    attempts: 1,
    ambiguities: 0,
  });
  expect(await taskOf(task.id)).toBeUndefined();
});

test('a permanent refusal is final', async () => {
  const { jobId, task } = await anEmail(use);
  use.answers = [rejected(true)];
  await runTask(use.engine(), deliver(task.id));
  expect(await sendingOf(use.db, jobId)).toMatchObject({
    state: 'failed',
    last_code: 'smtp_550',
    ambiguities: 0,
  });
  expect(await taskOf(task.id)).toBeUndefined();
});

test('a passing refusal is tried again on the schedule, or later if the server asks', async () => {
  for (const [asked, seconds] of [
    [undefined, 60],
    [10_000, 60],
    [600_000, 600],
  ] as const) {
    const { jobId, task } = await anEmail(use);
    use.answers = [rejected(false, asked)];
    await runTask(use.engine(), deliver(task.id));
    expect(await sendingOf(use.db, jobId)).toMatchObject({ state: 'pending', attempts: 1 });
    const { rows } = await sql<{ seconds: number }>`
      select extract(epoch from due_at - now())::float8 as seconds from tasks
      where id = ${task.id}`.execute(use.db);
    expect(rows[0]!.seconds).toBeGreaterThan(seconds - 10);
    expect(rows[0]!.seconds).toBeLessThanOrEqual(seconds);
  }
});

test('after a day of passing refusals it fails', async () => {
  const { jobId, task } = await anEmail(use);
  await sql`update tasks set attempts = 26 where id = ${task.id}`.execute(use.db);
  use.answers = [rejected(false)];
  await runTask(use.engine(), deliver(task.id));
  expect(await sendingOf(use.db, jobId)).toMatchObject({ state: 'failed', attempts: 27 });
});

test('unanswered, under `resend`: counted as ambiguous, sent again with the same Message-ID', async () => {
  const { jobId, task } = await anEmail(use);
  use.answers = [unanswered];
  const engine = use.engine({ ambiguity: 'resend' });
  await runTask(engine, deliver(task.id));
  expect(await sendingOf(use.db, jobId)).toMatchObject({ state: 'pending', ambiguities: 1 });
  await runTask(engine, deliver(task.id));
  expect(await sendingOf(use.db, jobId)).toMatchObject({
    state: 'sent',
    ambiguities: 1,
    attempts: 2,
  });
  expect(use.emails).toHaveLength(2);
  expect(new Set(use.emails.map((email) => email.messageId)).size).toBe(1);
});

test.each([
  ['for good', rejected(true), 'smtp_550'],
  ['for a whole day', rejected(false), 'smtp_451'],
])('unanswered, then refused %s: unknown, since it may have arrived', async (_, refusal, code) => {
  const { jobId, task } = await anEmail(use);
  use.answers = [unanswered, refusal];
  const engine = use.engine({ ambiguity: 'resend' });
  await runTask(engine, deliver(task.id));
  await sql`update tasks set attempts = 26 where id = ${task.id}`.execute(use.db);
  await runTask(engine, deliver(task.id));
  expect(await sendingOf(use.db, jobId)).toMatchObject({
    state: 'unknown',
    sent_at: null,
    ambiguities: 1,
    last_code: code,
  });
  expect(await taskOf(task.id)).toBeUndefined();
});

test('unanswered, under `hold`: left unknown, and not sent again', async () => {
  const { jobId, task } = await anEmail(use);
  use.answers = [unanswered];
  await runTask(use.engine({ ambiguity: 'hold' }), deliver(task.id));
  expect(await sendingOf(use.db, jobId)).toMatchObject({
    state: 'unknown',
    ambiguities: 1,
    sent_at: null,
  });
  expect(await taskOf(task.id)).toBeUndefined();
});

test('taken over from a silent process: counted before it is sent again, or left unknown', async () => {
  const again = await anEmail(use);
  await die(again.task.id);
  use.answers = [
    async () => {
      expect(await sendingOf(use.db, again.jobId)).toMatchObject({ ambiguities: 1 });
      return { kind: 'accepted', response: '250 OK' };
    },
  ];
  await runTask(use.engine({ ambiguity: 'resend' }), deliver(again.task.id));
  expect(await sendingOf(use.db, again.jobId)).toMatchObject({
    state: 'sent',
    ambiguities: 1,
    attempts: 2,
  });

  const held = await anEmail(use);
  await die(held.task.id);
  const before = use.emails.length;
  await runTask(use.engine({ ambiguity: 'hold' }), deliver(held.task.id));
  expect(use.emails).toHaveLength(before);
  expect(await sendingOf(use.db, held.jobId)).toMatchObject({ state: 'unknown', ambiguities: 1 });
});

test('an email over which three processes died is left unknown', async () => {
  const { jobId, task } = await anEmail(use);
  await sql`update tasks set deaths = 2 where id = ${task.id}`.execute(use.db);
  await die(task.id);
  await runTask(use.engine(), deliver(task.id));
  expect(use.emails).toEqual([]);
  expect(await sendingOf(use.db, jobId)).toMatchObject({
    state: 'unknown',
    last_code: 'internal_error',
  });
  expect(await taskOf(task.id)).toBeUndefined();
});

test('when nothing is pending any more, no email is sent', async () => {
  const { jobId, task } = await anEmail(use);
  await sql`update invites set state = 'revoked', decided_at = now()
    where invitation_id = (select id from invitations where job_id = ${jobId})`.execute(use.db);
  await runTask(use.engine(), deliver(task.id));
  expect(use.emails).toEqual([]);
  expect(await sendingOf(use.db, jobId)).toMatchObject({
    state: 'failed',
    last_code: 'nothing_pending',
    ambiguities: 0,
  });
});

test('the email names what is pending, in the order of the request, and nothing else', async () => {
  const [a, b, c, d] = use.websiteIds as [string, string, string, string];
  const { jobId, task } = await anEmail(use, [d, newId(), b, c, a], {
    first_name: 'Ada',
    role: 'admin',
    email: 'ada@example.com',
  });
  await sql`update invites set state = 'revoked', decided_at = now()
    where website_id = ${c} and email = 'ada@example.com'`.execute(use.db);
  await sql`update invites set expires_at = '2100-01-01Z'
    where website_id = ${a} and email = 'ada@example.com'`.execute(use.db);

  await runTask(use.engine(), deliver(task.id));

  const { rows } = await sql<{ id: string }>`
    select id from invitations where job_id = ${jobId}`.execute(use.db);
  expect(use.emails).toEqual([
    {
      to: 'ada@example.com',
      messageId: (await sendingOf(use.db, jobId)).message_id,
      content: {
        template: 'invitation',
        organization: 'Acme',
        firstName: 'Ada',
        items: ['site-3.example', 'site-1.example', 'site-0.example'].map((name) => ({
          kind: 'website',
          name,
          role: 'admin',
        })),
        acceptUrl: `https://usher.test/accept/${rows[0]!.id}`,
        expiresAt: new Date('2100-01-01Z'),
      },
    },
  ]);
});

test('an email about groups names them as groups', async () => {
  const { task } = await anEmail(use, use.groupIds, { target: 'group' });
  await runTask(use.engine(), deliver(task.id));
  expect(use.emails[0]!.content).toMatchObject({
    template: 'invitation',
    items: [{ kind: 'group', name: 'Everyone', role: 'viewer' }],
  });
});

test('an email of an unknown purpose is not sent: the error names the purpose, the task stays', async () => {
  const { jobId, task } = await anEmail(use);
  await sql`update sendings set purpose = 'farewell' where job_id = ${jobId}`.execute(use.db);
  const kind = emailKindOf(use.engine());
  await expect(kind.prepare(use.db, task)).rejects.toThrow('farewell');
  await runTask(use.engine(), deliver(task.id));
  expect(use.emails).toEqual([]);
  expect(await taskOf(task.id)).toMatchObject({ last_code: 'internal_error' });
});

function emailKindOf({ kinds }: Engine) {
  const { email } = kinds;
  if (email?.effect !== 'outside') throw new Error('there is no such kind');
  return email;
}

test('emails sent together say each what its own invitation has pending, and each is sent once', async () => {
  const all = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      anEmail(use, use.websiteIds.slice(0, 1 + (n % 3)), {
        email: `person-${n}@example.com`,
        text: `for ${n}`,
      }),
    ),
  );
  await sql`update tasks set sent_at = now()
    where id = any (${all.map(({ task }) => task.id)}::uuid[])`.execute(use.db);
  const revoked = 3;
  await sql`update invites set state = 'revoked', decided_at = now()
    where email = ${`person-${revoked}@example.com`}`.execute(use.db);

  await Promise.all(
    [use.engine(), use.engine()].flatMap((engine) =>
      all.map(({ task }) => runTask(engine, deliver(task.id), { leaseFirst: true })),
    ),
  );

  const sendings = await Promise.all(all.map(({ jobId }) => sendingOf(use.db, jobId)));
  expect(sendings.map(({ state }) => state)).toEqual(
    all.map((_, n) => (n === revoked ? 'failed' : 'sent')),
  );
  const said = use.emails.map(({ to, content }) =>
    content.template === 'invitation' ? `${to}: ${content.text}, ${content.items.length}` : to,
  );
  const expected = all
    .map((_, n) => `person-${n}@example.com: for ${n}, ${1 + (n % 3)}`)
    .toSpliced(revoked, 1);
  expect(said.toSorted()).toEqual(expected.toSorted());
});

test('an email that no connection was free for is tried again soon, and counts no attempt', async () => {
  const { jobId, task } = await anEmail(use);
  use.answers = [{ kind: 'busy' }];
  await runTask(use.engine(), deliver(task.id));
  expect(await sendingOf(use.db, jobId)).toMatchObject({ state: 'pending', attempts: 0 });
  const waiting = await taskOf(task.id);
  expect(waiting).toMatchObject({ attempts: 0, deaths: 0, lease_token: null, sent_at: null });
  expect(waiting!.due_at.getTime() - Date.now()).toBeLessThanOrEqual(1_000);
  await runTask(use.engine(), deliver(task.id));
  expect(await sendingOf(use.db, jobId)).toMatchObject({ state: 'sent', attempts: 1 });
});

test('of emails recorded together, one whose lease was lost is not, and the others are', async () => {
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      anEmail(use, use.websiteIds.slice(0, 1), { email: `lease-${n}@example.com` }),
    ),
  );
  await sql`update tasks set sent_at = now()
    where id = any (${all.map(({ task }) => task.id)}::uuid[])`.execute(use.db);
  const lost = all[2]!;
  const waiting = Promise.withResolvers<void>();
  const stolen = Promise.withResolvers<void>();
  let others = 0;
  // They all end at the same moment, so that they are recorded together.
  use.answers = all.map(() => async ({ to }) => {
    if (to === 'lease-2@example.com') {
      await waiting.promise;
      await die(lost.task.id);
      stolen.resolve();
    } else {
      others += 1;
      if (others === all.length - 1) waiting.resolve();
      await stolen.promise;
    }
    return { kind: 'accepted', response: '250 OK' };
  });
  const engine = use.engine();
  await Promise.all(all.map(({ task }) => runTask(engine, deliver(task.id), { leaseFirst: true })));
  for (const { jobId } of all) {
    const state = jobId === lost.jobId ? 'pending' : 'sent';
    expect(await sendingOf(use.db, jobId)).toMatchObject({ state });
  }
  expect(await taskOf(lost.task.id)).toMatchObject({ attempts: 2 });
});
