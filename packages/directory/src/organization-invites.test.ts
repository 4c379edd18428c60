import { newId } from '@usher/db';
import { listAuditLog } from '@usher/events';
import { expect, test } from 'vitest';
import { acceptInvitation } from './accept-invitation.ts';
import { describeInvitation } from './describe-invitation.ts';
import { anInvitation, anOrganization, useDatabase, type InviteFixture } from './fixtures.ts';
import { revokeInvitation } from './revoke-invitation.ts';
import { revokeInvite } from './revoke-invite.ts';

const use = useDatabase();
const EMAIL = 'ann@example.com';

async function invited(role: 'admin' | 'viewer' = 'viewer') {
  const { orgId, websites } = await anOrganization(use.db);
  const invites: InviteFixture[] = [{ organizationId: orgId, role }];
  const { id, inviteIds } = await anInvitation(use.db, orgId, EMAIL, invites);
  return { orgId, websites, id, inviteId: inviteIds[0] as string };
}
const usersOf = (orgId: string) =>
  use.db.selectFrom('users').selectAll().where('org_id', '=', orgId).execute();
const aUser = (orgId: string, organization_role: 'admin' | 'viewer') =>
  use.db
    .insertInto('users')
    .values({ id: newId(), org_id: orgId, email: EMAIL, organization_role })
    .execute();
const lastEntry = async (orgId: string) =>
  (await listAuditLog(use.db, orgId, { limit: 1 })).entries[0];

test('accepting an invite to the organization makes a verified user in its role', async () => {
  const { orgId, id } = await invited('admin');
  const { accepted, userId } = await acceptInvitation(use.db, id);
  expect(accepted).toEqual([{ organization_id: orgId }]);
  expect(await usersOf(orgId)).toMatchObject([
    { id: userId, email_verified: true, organization_role: 'admin' },
  ]);
  const memberships = [{ organization_id: orgId, role: 'admin' }];
  expect(await lastEntry(orgId)).toMatchObject({
    action: 'invitation.accept',
    before: { memberships: [] },
    after: { memberships },
  });
});

test.each([
  ['viewer', 'admin', 'admin'],
  ['admin', 'viewer', 'admin'],
  ['viewer', 'viewer', 'viewer'],
] as const)('a %s of the organization invited as %s is %s', async (was, offered, role) => {
  const { orgId, id } = await invited(offered);
  await aUser(orgId, was);
  await acceptInvitation(use.db, id);
  expect(await usersOf(orgId)).toMatchObject([{ organization_role: role, email_verified: true }]);
  expect(await lastEntry(orgId)).toMatchObject({
    before: { memberships: [{ organization_id: orgId, role: was }] },
    after: { memberships: [{ organization_id: orgId, role }] },
  });
});

test('an invite to a website makes nobody more than a viewer of the organization', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const invites: InviteFixture[] = [{ websiteId: websites[0]!.id, role: 'admin' }];
  const { id } = await anInvitation(use.db, orgId, EMAIL, invites);
  await acceptInvitation(use.db, id);
  expect(await usersOf(orgId)).toMatchObject([{ organization_role: 'viewer' }]);
});

test('an invite to the organization is described by the organization’s name', async () => {
  const { orgId, id } = await invited('admin');
  expect(await describeInvitation(use.db, id)).toMatchObject({
    state: 'pending',
    items: [{ kind: 'organization', id: orgId, name: 'Acme', role: 'admin' }],
  });
});

test('an invite to the organization is revoked, and the log says to what it was', async () => {
  const one = await invited();
  await revokeInvite(use.db, one.orgId, one.inviteId, null);
  expect(await lastEntry(one.orgId)).toMatchObject({
    action: 'invite.revoke',
    before: { organization_id: one.orgId, website_id: null, group_id: null },
  });
  const other = await invited();
  await revokeInvitation(use.db, { orgId: other.orgId, onlyKeyId: null }, other.id);
  expect(await lastEntry(other.orgId)).toMatchObject({
    action: 'invitation.revoke',
    before: { targets: [{ organization_id: other.orgId, role: 'viewer' }] },
  });
  for (const { id, orgId } of [one, other]) {
    await expect(acceptInvitation(use.db, id)).rejects.toMatchObject({ code: 'gone' });
    expect(await usersOf(orgId)).toEqual([]);
  }
});

test('a scoped key sees no invite to the organization', async () => {
  const { orgId, websites, inviteId } = await invited();
  const scope = websites.map(({ id }) => id);
  await expect(revokeInvite(use.db, orgId, inviteId, scope)).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('an invite has one target, and no other organization for one', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const other = await anOrganization(use.db);
  const put = (invite: InviteFixture) => anInvitation(use.db, orgId, `${newId()}@e.com`, [invite]);
  await expect(put({})).rejects.toThrow('invites_one_target');
  await expect(put({ websiteId: websites[0]!.id, organizationId: orgId })).rejects.toThrow(
    'invites_one_target',
  );
  await expect(put({ organizationId: other.orgId })).rejects.toThrow('invites_to_own_organization');
});

test('one invite to the organization is pending for an address', async () => {
  const { orgId } = await invited();
  await expect(anInvitation(use.db, orgId, EMAIL, [{ organizationId: orgId }])).rejects.toThrow(
    'invites_one_pending',
  );
});
