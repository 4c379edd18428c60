import { newId } from '@usher/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSystem, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

let system: System;
let group: number;
let other: number;
beforeAll(async () => {
  system = await startSystem({ websites: 3 });
  [group, other] = [await make('Sales'), await make('Support')];
});
afterAll(() => system.close());

const make = async (name: string): Promise<number> =>
  (await system.call('POST', '/openapi/v1/groups', { body: { name } })).body.id;
const invite = (body: object, headers: Record<string, string> = {}) =>
  system.call('POST', '/openapi/v1/invites', { body: { groups: [group], ...body }, headers });
const person = () => `${newId()}@example.com`;
const tokenIn = (url: string) => new URL(url).searchParams.get('token') as string;
const accept = (url: string) =>
  system.call('POST', '/api/v1/invitations/accept', { body: { token: tokenIn(url) }, key: null });
const invitesTo = (email: string) =>
  system.db.selectFrom('invites').selectAll().where('email', '=', email).execute();

test('each address gets a number, a time in unix seconds and a link that accepts all groups', async () => {
  const emails = [person(), person()];
  const { status, body } = await invite({ emails, roleAlias: 'learner', groups: [group, other] });
  expect(status).toBe(200);
  expect(body).toEqual(
    emails.map((email) => ({
      id: expect.any(Number),
      email,
      createdAt: expect.any(Number),
      inviteUrl: expect.stringMatching(/^http:\/\/usher\.test\/accept\?token=/),
    })),
  );
  expect(Math.abs(body[0].createdAt - Date.now() / 1_000)).toBeLessThan(3_600);
  expect(body[0].id).not.toBe(body[1].id);
  const before = (await system.call('GET', `/openapi/v1/groups/${group}`)).body.usersCount;
  const accepted = await accept(body[0].inviteUrl);
  expect([accepted.status, accepted.body.accepted.length]).toEqual([200, 2]);
  const after = (await system.call('GET', `/openapi/v1/groups/${group}`)).body.usersCount;
  expect(after).toBe(before + 1);
});

test('the email has the same link, and what whoever invites says', async () => {
  const email = person();
  const { body } = await invite({ emails: [email], text: 'See you\non <Monday>' });
  const mail = await waitFor('the email', () => system.mail.to(email).at(-1));
  expect(mail.text).toContain(body[0].inviteUrl);
  expect(mail.text).toContain('> See you\n> on <Monday>');
});

test('without groups it is the organization, and unset fields are null', async () => {
  const email = person();
  const unset = { groups: null, text: null, deadlineAt: null, roleAlias: null };
  const { status, body } = await invite({ emails: [email], ...unset });
  expect([status, body.length]).toEqual([200, 1]);
  const [made] = await invitesTo(email);
  expect(made).toMatchObject({ organization_id: system.tenant.id, role: 'viewer' });
});

test.each([
  ['admin', 'admin'],
  ['learner', 'viewer'],
  ['anything', 'viewer'],
])('the alias %s makes a %s', async (roleAlias, role) => {
  const email = person();
  await invite({ emails: [email], roleAlias });
  expect((await invitesTo(email))[0]?.role).toBe(role);
});

test('a link ends with its deadline, where that comes before its usual time', async () => {
  const [soon, late] = [person(), person()];
  const inAnHour = Math.floor(Date.now() / 1_000) + 3_600;
  await invite({ emails: [soon], deadlineAt: inAnHour });
  expect((await invitesTo(soon))[0]?.expires_at.getTime()).toBe(inAnHour * 1_000);
  await invite({ emails: [late], deadlineAt: '2999-01-01T00:00:00Z' });
  expect((await invitesTo(late))[0]?.expires_at.getFullYear()).toBeLessThan(2_999);
});

test('somebody whose invite is pending keeps it, and is answered it again', async () => {
  const emails = [person()];
  const first = await invite({ emails });
  const second = await invite({ emails });
  expect([second.status, second.body]).toEqual([200, first.body]);
  expect(await invitesTo(emails[0] as string)).toHaveLength(1);
});

test('a member is left out beside others, and alone is a 400 that says so', async () => {
  const [member, guest] = [person(), person()];
  const { body } = await invite({ emails: [member] });
  await accept(body[0].inviteUrl);
  const both = await invite({ emails: [member, guest] });
  expect([both.status, both.body.map((each: { email: string }) => each.email)]).toEqual([
    200,
    [guest],
  ]);
  const alone = await invite({ emails: [member] });
  const message = `${member}: User is already a member of this group`;
  const errors = { emails: [message] };
  expect([alone.status, alone.body]).toEqual([
    400,
    { status: 400, message: 'Validation failed', errors },
  ]);
});

test('one Idempotency-Key invites once, also after the link was used; another body is a 422', async () => {
  const headers = { 'idempotency-key': newId() };
  const emails = [person(), person()];
  const first = await invite({ emails }, headers);
  await accept(first.body[0].inviteUrl);
  const second = await invite({ emails }, headers);
  expect([second.status, second.body]).toEqual([200, first.body]);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect((await invite({ emails: [person()] }, headers)).status).toBe(422);
});

test('a repeat under the same key is answered the same after an earlier invite was accepted', async () => {
  const emails = [person()];
  const early = await invite({ emails });
  const headers = { 'idempotency-key': newId() };
  const first = await invite({ emails }, headers);
  expect([first.status, first.body]).toEqual([200, early.body]);
  await accept(early.body[0].inviteUrl);
  const second = await invite({ emails }, headers);
  expect([second.status, second.body]).toEqual([200, first.body]);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
});

test('many repeats at once under one key invite once, and all are answered the same', async () => {
  const headers = { 'idempotency-key': newId() };
  const emails = [person(), person()];
  const answers = await Promise.all(Array.from({ length: 6 }, () => invite({ emails }, headers)));
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
  for (const { body } of answers) expect(body).toEqual(answers[0]!.body);
  for (const email of emails) expect(await invitesTo(email)).toHaveLength(1);
  const others = await Promise.all(
    [emails.toReversed(), emails.slice(0, 1)].map((some) => invite({ emails: some }, headers)),
  );
  expect(others.map(({ status }) => status)).toEqual([422, 422]);
});

test('after a 503 the key is free for any body, also where some were invited', async () => {
  const headers = { 'idempotency-key': newId() };
  const [stuck, done] = [person(), person()];
  const wait = { ...headers, prefer: 'wait=2' };
  const { rows } = await sql<{ id: string; org_id: string }>`
    select invitations.id, invitations.org_id from invitations
    where org_id = ${system.tenant.id} limit 1`.execute(system.db);
  const { id: groupId } = await system.db
    .selectFrom('groups')
    .select('id')
    .where('number', '=', group)
    .executeTakeFirstOrThrow();
  const undo = new Error('undone');
  const held = system.db.transaction().execute(async (trx) => {
    // Whoever invites this address too waits to see what becomes of it.
    await trx
      .insertInto('invites')
      .values({
        id: newId(),
        org_id: system.tenant.id,
        invitation_id: rows[0]!.id,
        group_id: groupId,
        email: stuck,
        role: 'viewer',
        expires_at: new Date(Date.now() + 3_600_000),
      })
      .execute();
    const refused = await invite({ emails: [stuck, done] }, wait);
    const errors = { emails: [`${stuck}: Not invited in time`] };
    expect([refused.status, refused.body.errors]).toEqual([503, errors]);
    throw undo;
  });
  await expect(held).rejects.toBe(undo);
  expect(await invitesTo(done)).toHaveLength(1);
  const others = [person(), person()];
  const other = await invite({ emails: others }, headers);
  expect([other.status, other.body.map(({ email }: { email: string }) => email)]).toEqual([
    200,
    others,
  ]);
  const again = await invite({ emails: [stuck, done] });
  expect([again.status, again.body.length]).toEqual([200, 2]);
  expect(await invitesTo(done)).toHaveLength(1);
});

test('a group deleted while people are invited to it leaves nobody a link that works', async () => {
  const doomed = await make('Doomed');
  const emails = Array.from({ length: 20 }, person);
  const [invited, deleted] = await Promise.all([
    invite({ emails, groups: [doomed] }),
    system.call('DELETE', `/openapi/v1/groups/${doomed}`),
  ]);
  expect(deleted.status).toBe(200);
  expect([200, 400, 503]).toContain(invited.status);
  for (const email of emails) {
    const states = (await invitesTo(email)).map(({ state }) => state);
    expect(states.filter((state) => state === 'pending')).toEqual([]);
  }
  const again = await invite({ emails, groups: [doomed] });
  const errors = { 'groups.0': [`Group ${doomed} not found`] };
  expect([again.status, again.body.errors]).toEqual([400, errors]);
});
