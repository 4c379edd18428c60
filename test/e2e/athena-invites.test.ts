import { newId } from '@usher/db';
import { createApiKey } from '@usher/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSystem, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ websites: 5 });
});
afterAll(() => system.close());

const TYPES = ['organization', 'website', 'group'] as const;
type Type = (typeof TYPES)[number];

const person = () => `${newId()}@example.com`;
const invite = (body: object, headers: Record<string, string> = {}) =>
  system.call('POST', '/api/v1/invites', { body, headers });
const directly = (type: Type, email: string, more: object = {}) =>
  invite({ ...targetOf(type), invite_method: 'direct', email, ...more });
const byEmail = (type: Type, email: string, more: object = {}) =>
  invite({ ...targetOf(type), invite_method: 'email', email, ...more });
/** With the ids of all types, as the reference's own examples have them. */
const targetOf = (type: Type) => ({
  type,
  website_id: system.tenant.websiteIds[0],
  group_id: system.tenant.groupIds[0],
});
const revoke = (inviteId: string) => system.call('DELETE', `/api/v1/invites/org/${inviteId}`);
const userOf = (email: string) =>
  system.db.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirst();
const invitationOf = async (email: string) =>
  (await system.call('GET', `/api/v1/invitations?email=${email}`)).body.invitations[0];

/** The one email to an address, and the token in it. */
async function mailTo(email: string, count = 1) {
  await waitFor('the email is there', () => system.mail.to(email).length >= count);
  const mail = system.mail.to(email).at(-1)!;
  const token = /accept\?token=([\w.-]+)/.exec(mail.text)?.[1] as string;
  return { ...mail, token };
}
const accept = (token: string) =>
  system.call('POST', '/api/v1/invitations/accept', { key: null, body: { token } });

test.each(TYPES)(
  'a direct invite of type %s adds the person at once, with no email',
  async (type) => {
    const email = person();
    const answer = await directly(type, email.toUpperCase(), {
      role: 'admin',
      first_name: 'Ann',
      last_name: 'Ash',
    });
    const user = await userOf(email);
    expect([answer.status, answer.body]).toEqual([
      200,
      { success: true, message: `User added to ${type}`, user_id: user?.id },
    ]);
    expect(answer.headers.get('location')).toMatch(/^\/api\/v1\/jobs\/[0-9a-f-]{36}$/);
    expect(user).toMatchObject({ email_verified: false, first_name: 'Ann', last_name: 'Ash' });
    expect(user?.organization_role).toBe(type === 'organization' ? 'admin' : 'viewer');
    const { body } = await system.call(
      'GET',
      `/api/v1/websites/${targetOf(type).website_id}/members`,
    );
    const member = body.members.find((each: { email: string }) => each.email === email);
    const access = { website: 'direct', group: 'group' } as const;
    expect(member).toEqual(
      type === 'organization'
        ? undefined
        : {
            user_id: user?.id,
            email,
            role: 'admin',
            access_type: access[type],
            created_at: expect.any(String),
            first_name: 'Ann',
            last_name: 'Ash',
          },
    );
    expect(system.mail.to(email)).toEqual([]);
  },
);

test.each(TYPES)(
  'an email invite of type %s is pending, sends one email, and its link makes a verified member',
  async (type) => {
    const email = person();
    const answer = await byEmail(type, email, { first_name: 'Bob' });
    expect([answer.status, answer.body]).toEqual([
      200,
      { success: true, message: 'Invitation sent', invite_id: expect.any(String) },
    ]);
    expect(await userOf(email)).toBeUndefined();
    const { subject, text, token } = await mailTo(email);
    const { tenant } = system;
    const name = {
      organization: 'join the organization',
      website: 'site-1.example.com',
      group: 'Everyone',
    }[type];
    expect(subject).toBe(`Acme invited you to ${name}`);
    expect(text).toContain(`(${type}, viewer)`);

    const page = await system.call('GET', `/accept?token=${token}`, { key: null });
    expect([page.status, page.body]).toEqual([200, expect.stringContaining(`${type}, viewer`)]);
    expect(await invitationOf(email)).toMatchObject({
      state: 'pending',
      targets: { total: 1, pending: 1 },
    });

    const accepted = await accept(token);
    const target = {
      organization: { organization_id: tenant.id },
      website: { website_id: tenant.websiteIds[0] },
      group: { group_id: tenant.groupIds[0] },
    }[type];
    expect([accepted.status, accepted.body]).toEqual([200, { success: true, accepted: [target] }]);
    const user = await userOf(email);
    expect(user).toMatchObject({ email_verified: true, first_name: 'Bob' });
    expect((await invitationOf(email)).state).toBe('accepted');
    expect((await accept(token)).status).toBe(409);
    const revoked = await revoke(answer.body.invite_id);
    expect([revoked.status, revoked.body]).toEqual([
      409,
      { error: 'The invite was already accepted' },
    ]);
    expect(system.mail.to(email)).toHaveLength(1);
  },
);

test.each(TYPES)('who is a member of the %s already is told so in both modes', async (type) => {
  const email = person();
  await directly(type, email);
  const refused = { success: false, message: `User is already a member of this ${type}` };
  for (const again of [await directly(type, email), await byEmail(type, email)]) {
    expect([again.status, again.body]).toEqual([200, refused]);
  }
  expect(system.mail.to(email)).toEqual([]);
});

test('whoever has an account is a member of the organization, by whatever way they came', async () => {
  const email = person();
  await directly('website', email);
  for (const answer of [
    await directly('organization', email, { role: 'admin' }),
    await byEmail('organization', email),
  ]) {
    const message = 'User is already a member of this organization';
    expect([answer.status, answer.body]).toEqual([200, { success: false, message }]);
  }
  expect((await userOf(email))?.organization_role).toBe('viewer');
});

test.each(TYPES)(
  'a second email invite of type %s is refused until the first is revoked',
  async (type) => {
    const email = person();
    const first = await byEmail(type, email);
    const second = await byEmail(type, email);
    expect([second.status, second.body]).toEqual([
      200,
      { success: false, message: `An invitation to this ${type} is already pending` },
    ]);
    const revoked = await revoke(first.body.invite_id);
    expect([revoked.status, revoked.body]).toEqual([
      200,
      { success: true, message: 'Invite revoked' },
    ]);
    const again = await revoke(first.body.invite_id);
    expect([again.status, again.body]).toEqual([409, { error: 'The invite was already revoked' }]);
    expect((await byEmail(type, email)).body).toMatchObject({ success: true });
  },
);

test.each(['website', 'group'] as const)(
  'an unknown %s and another organization’s are the same failure, and make no user',
  async (type) => {
    const stranger = await system.createTenant(1);
    const email = person();
    const foreign = { website: stranger.websiteIds[0], group: stranger.groupIds[0] }[type];
    const message = type === 'website' ? 'Website not found' : 'Group not found';
    for (const id of [newId(), foreign]) {
      for (const method of [directly, byEmail]) {
        const answer = await method(type, email, { [`${type}_id`]: id });
        expect([answer.status, answer.body]).toEqual([200, { success: false, message }]);
      }
    }
    expect(await userOf(email)).toBeUndefined();
    expect(system.mail.to(email)).toEqual([]);
  },
);

test('a website outside a scoped key is not found, one inside takes the invite', async () => {
  const [inside, outside] = system.tenant.websiteIds as [string, string];
  const { key } = await createApiKey(system.db, { orgId: system.tenant.id, websiteIds: [inside] });
  const ask = (website_id: string) => {
    const body = { type: 'website', invite_method: 'direct', email: person(), website_id };
    return system.call('POST', '/api/v1/invites', { body, key });
  };
  expect((await ask(outside)).body).toEqual({ success: false, message: 'Website not found' });
  expect((await ask(inside)).body).toMatchObject({
    success: true,
    message: 'User added to website',
  });
});

test('an organization invite that is revoked cannot be accepted; one sent again can', async () => {
  const email = person();
  const gone = await byEmail('organization', email);
  const { token } = await mailTo(email);
  await revoke(gone.body.invite_id);
  expect((await accept(token)).status).toBe(410);
  expect(await userOf(email)).toBeUndefined();

  await byEmail('organization', email, { role: 'admin' });
  await mailTo(email, 2);
  const { id } = await waitFor('it is sent', async () => {
    const invitation = await invitationOf(email);
    return invitation.email_state === 'sent' && invitation;
  });
  const resent = await system.call('POST', `/api/v1/invitations/${id}/resend`);
  expect(resent.status).toBe(202);
  const last = await mailTo(email, 3);
  expect(last.text).toContain('(organization, admin)');
  expect((await accept(last.token)).status).toBe(200);
  expect((await userOf(email))?.organization_role).toBe('admin');
});

test('a repeat under one Idempotency-Key is answered from the same job, as the repeat prefers', async () => {
  const headers = { 'idempotency-key': newId() };
  const body = { ...targetOf('organization'), invite_method: 'direct', email: person() };
  const first = await invite(body, headers);
  const second = await invite(body, headers);
  expect([second.status, second.body]).toEqual([200, first.body]);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect(second.headers.get('location')).toBe(first.headers.get('location'));
  const third = await invite(body, { ...headers, prefer: 'respond-async' });
  expect([third.status, third.body.job.state]).toEqual([202, 'succeeded']);
  expect(third.body.job.links.self).toBe(first.headers.get('location'));
});

test.each(TYPES)(
  'of twenty who invite one address to the %s at once exactly one does',
  async (type) => {
    for (const ask of [directly, byEmail]) {
      const email = person();
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(type, email)));
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
      expect(answers.filter(({ body }) => body.success)).toHaveLength(1);
    }
  },
);

test('an organization invite accepted while the account is made otherwise ends in one verified user', async () => {
  const email = person();
  await byEmail('organization', email, { role: 'admin' });
  const { token } = await mailTo(email);
  const [accepted, added] = await Promise.all([accept(token), directly('website', email)]);
  expect([accepted.status, added.body.success]).toEqual([200, true]);
  expect(await userOf(email)).toMatchObject({
    id: added.body.user_id,
    email_verified: true,
    organization_role: 'admin',
  });
});

const bulk = (body: object) => system.call('POST', '/api/v1/invites/bulk', { body });

test('in a bulk invite groups carry group_id and say “group”, in both modes', async () => {
  const [email, mailed] = [person(), person()];
  const group_ids = [...system.tenant.groupIds, newId()];
  const of = (index: number) => ({ group_id: group_ids[index] });
  const missing = { ...of(1), success: false, error: 'Group not found' };
  const direct = { invite_method: 'direct', email, group_ids };
  expect((await bulk(direct)).body.results).toEqual([
    { ...of(0), success: true, message: 'User added to group', user_id: expect.any(String) },
    missing,
  ]);
  const member = { ...of(0), success: false, error: 'User is already a member of this group' };
  expect((await bulk(direct)).body).toMatchObject({ success: true, results: [member, missing] });
  expect((await bulk({ ...direct, invite_method: 'email' })).body.results[0]).toEqual(member);

  const sent = { invite_method: 'email', email: mailed, group_ids };
  expect((await bulk(sent)).body.results).toEqual([
    { ...of(0), success: true, message: 'Invitation sent', invite_id: expect.any(String) },
    missing,
  ]);
  expect((await bulk(sent)).body.results[0]).toEqual({
    ...of(0),
    success: false,
    error: 'An invitation to this group is already pending',
  });
});

test('in a bulk invite another organization’s website is the failure that an unknown one is', async () => {
  const stranger = await system.createTenant(1);
  const website_ids = [stranger.websiteIds[0], newId()];
  const { status, body } = await bulk({ invite_method: 'direct', email: person(), website_ids });
  expect([status, body.success]).toEqual([200, true]);
  expect(body.results).toEqual(
    website_ids.map((website_id) => ({ website_id, success: false, error: 'Website not found' })),
  );
});

test('addresses are the same without regard to case and after NFC', async () => {
  const [head, tail] = [newId(), '@example.com'];
  const website_id = system.tenant.websiteIds[1];
  const added = await directly('website', `${head}-Zoe\u0308${tail}`, { website_id });
  expect(added.body.success).toBe(true);
  const again = await directly('website', `${head}-ZOË${tail}`.toUpperCase(), { website_id });
  expect(again.body).toEqual({
    success: false,
    message: 'User is already a member of this website',
  });
});
