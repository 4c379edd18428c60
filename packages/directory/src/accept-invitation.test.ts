import { newId } from '@usher/db';
import { expect, test } from 'vitest';
import { acceptInvitation } from './accept-invitation.ts';
import { createGroup } from './create-group.ts';
import { anHourAgo, anInvitation, anOrganization, unknownId, useDatabase } from './fixtures.ts';
import { listWebsiteMembers } from './list-website-members.ts';

const use = useDatabase();

test('accepting makes the user, verified, and the memberships, and decides every invite', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const group = await createGroup(use.db, orgId, { name: 'G', websiteIds: [websites[2]!.id] });
  const { id } = await anInvitation(
    use.db,
    orgId,
    'ann@example.com',
    [
      { websiteId: websites[1]!.id, role: 'admin' },
      { websiteId: websites[0]!.id },
      { groupId: group.id },
    ],
    { firstName: 'Ann', lastName: 'Ash' },
  );
  const acceptance = await acceptInvitation(use.db, id, { firstName: 'Anna' });
  expect(acceptance).toMatchObject({ organization: 'Acme', orgId, email: 'ann@example.com' });
  expect(acceptance.accepted).toEqual([
    { website_id: websites[0]!.id },
    { website_id: websites[1]!.id },
    { group_id: group.id },
  ]);
  const roles = [];
  for (const website of websites) {
    const [member] = await listWebsiteMembers(use.db, orgId, website.id);
    roles.push([member?.userId, member?.role, member?.accessType]);
  }
  expect(roles).toEqual([
    [acceptance.userId, 'viewer', 'direct'],
    [acceptance.userId, 'admin', 'direct'],
    [acceptance.userId, 'viewer', 'group'],
  ]);
  const user = await use.db.selectFrom('users').selectAll().where('org_id', '=', orgId).execute();
  expect(user).toMatchObject([
    { id: acceptance.userId, email_verified: true, first_name: 'Anna', last_name: 'Ash' },
  ]);
  const invites = await use.db
    .selectFrom('invites')
    .selectAll()
    .where('org_id', '=', orgId)
    .execute();
  expect(invites.map(({ state, user_id }) => [state, user_id])).toEqual(
    invites.map(() => ['accepted', acceptance.userId]),
  );
  const [invitation] = await use.db
    .selectFrom('invitations')
    .select('accepted_at')
    .where('org_id', '=', orgId)
    .execute();
  expect(invitation?.accepted_at).toBeInstanceOf(Date);
});

test('an account that exists is verified, and only its empty names are filled', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const userId = newId();
  await use.db
    .insertInto('users')
    .values({
      id: userId,
      org_id: orgId,
      email: 'ann@example.com',
      first_name: 'Ann',
      last_name: '',
    })
    .execute();
  const { id } = await anInvitation(use.db, orgId, 'ann@example.com', [
    { websiteId: websites[0]!.id },
  ]);
  await acceptInvitation(use.db, id, { firstName: 'Other', lastName: 'Ash' });
  const users = await use.db.selectFrom('users').selectAll().where('org_id', '=', orgId).execute();
  expect(users).toMatchObject([
    { id: userId, email_verified: true, first_name: 'Ann', last_name: 'Ash' },
  ]);
});

test('a viewer invited as admin becomes admin; an admin invited as viewer stays admin', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const userId = newId();
  await use.db
    .insertInto('users')
    .values({ id: userId, org_id: orgId, email: 'ann@example.com' })
    .execute();
  const member = (index: number, role: 'admin' | 'viewer') => ({
    org_id: orgId,
    website_id: websites[index]!.id,
    user_id: userId,
    role,
  });
  await use.db
    .insertInto('website_members')
    .values([member(0, 'viewer'), member(1, 'admin')])
    .execute();
  const { id } = await anInvitation(use.db, orgId, 'ann@example.com', [
    { websiteId: websites[0]!.id, role: 'admin' },
    { websiteId: websites[1]!.id, role: 'viewer' },
  ]);
  expect((await acceptInvitation(use.db, id)).accepted).toHaveLength(2);
  for (const website of websites.slice(0, 2)) {
    expect(await listWebsiteMembers(use.db, orgId, website.id)).toMatchObject([{ role: 'admin' }]);
  }
});

test('whoever accepts is a member of their own, and no roster takes that back', async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  for (const role of ['viewer', 'admin'] as const) {
    const email = `${role}@example.com`;
    const { id: group_id } = await createGroup(use.db, orgId, { name: role });
    const user_id = newId();
    await use.db.insertInto('users').values({ id: user_id, org_id: orgId, email }).execute();
    await use.db
      .insertInto('group_members')
      .values({ org_id: orgId, group_id, user_id, role: 'viewer', from_roster: true })
      .execute();
    const { id } = await anInvitation(use.db, orgId, email, [{ groupId: group_id, role }]);
    await acceptInvitation(use.db, id);
    const member = await use.db
      .selectFrom('group_members')
      .select(['role', 'from_roster'])
      .where('group_id', '=', group_id)
      .executeTakeFirstOrThrow();
    expect(member).toEqual({ role, from_roster: false });
  }
});

test('expired and revoked invites are left out of what is accepted', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const { id } = await anInvitation(use.db, orgId, 'ann@example.com', [
    { websiteId: websites[0]!.id },
    { websiteId: websites[1]!.id, expiresAt: anHourAgo() },
    { websiteId: websites[2]!.id, state: 'revoked' },
  ]);
  const { accepted } = await acceptInvitation(use.db, id);
  expect(accepted).toEqual([{ website_id: websites[0]!.id }]);
  for (const website of websites.slice(1)) {
    expect(await listWebsiteMembers(use.db, orgId, website.id)).toEqual([]);
  }
});

test('with nothing pending it says why, and makes no user', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const websiteId = websites[0]!.id;
  const accept = (id: string) => acceptInvitation(use.db, id);
  const expired = await anInvitation(use.db, orgId, 'e@example.com', [
    { websiteId, expiresAt: anHourAgo() },
  ]);
  const revoked = await anInvitation(use.db, orgId, 'r@example.com', [
    { websiteId, state: 'revoked' },
  ]);
  const empty = await anInvitation(use.db, orgId, 'n@example.com', []);
  await expect(accept(expired.id)).rejects.toMatchObject({
    code: 'gone',
    message: expect.stringContaining('expired'),
  });
  await expect(accept(revoked.id)).rejects.toMatchObject({
    code: 'gone',
    message: expect.stringContaining('revoked'),
  });
  await expect(accept(empty.id)).rejects.toMatchObject({ code: 'not_found' });
  await expect(accept(unknownId())).rejects.toMatchObject({ code: 'not_found' });
  const users = await use.db.selectFrom('users').select('id').where('org_id', '=', orgId).execute();
  expect(users).toEqual([]);
});

test('one address in two organizations is two users', async () => {
  const accepted = [];
  for (let count = 0; count < 2; count += 1) {
    const { orgId, websites } = await anOrganization(use.db);
    const { id } = await anInvitation(use.db, orgId, 'ann@example.com', [
      { websiteId: websites[0]!.id },
    ]);
    accepted.push(await acceptInvitation(use.db, id));
  }
  expect(accepted[0]?.userId).not.toBe(accepted[1]?.userId);
});
