import { newId } from '@usher/db';
import { expect, test } from 'vitest';
import { createGroup } from './create-group.ts';
import { anOrganization, unknownId, useDatabase } from './fixtures.ts';
import { listWebsiteMembers } from './list-website-members.ts';
import { removeWebsiteMember } from './remove-website-member.ts';

const use = useDatabase();

test('members are those added directly and those of groups that hold the website', async () => {
  const { orgId, websites, join } = await setting();
  const [direct, both, grouped] = [await join('d'), await join('b'), await join('g')];
  await direct.website(websites[0]!.id, 'admin');
  await both.website(websites[0]!.id, 'viewer');
  await both.group('admin');
  await grouped.group('viewer');
  const members = await listWebsiteMembers(use.db, orgId, websites[0]!.id);
  expect(members.map(({ email, role, accessType }) => [email, role, accessType])).toEqual([
    ['d@example.com', 'admin', 'direct'],
    ['b@example.com', 'viewer', 'direct'],
    ['g@example.com', 'viewer', 'group'],
  ]);
  // The group holds the first website alone.
  expect(await listWebsiteMembers(use.db, orgId, websites[1]!.id)).toEqual([]);
});

test('a direct member is removed, and only from this website', async () => {
  const { orgId, websites, join } = await setting();
  const user = await join('d');
  await user.website(websites[0]!.id, 'viewer');
  await user.website(websites[1]!.id, 'viewer');
  await removeWebsiteMember(use.db, orgId, websites[0]!.id, user.id);
  expect(await listWebsiteMembers(use.db, orgId, websites[0]!.id)).toEqual([]);
  expect(await listWebsiteMembers(use.db, orgId, websites[1]!.id)).toHaveLength(1);
  await expect(removeWebsiteMember(use.db, orgId, websites[0]!.id, user.id)).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('access through a group is not removed from the website', async () => {
  const { orgId, websites, join } = await setting();
  const user = await join('g');
  await user.group('viewer');
  await expect(removeWebsiteMember(use.db, orgId, websites[0]!.id, user.id)).rejects.toMatchObject({
    code: 'state_conflict',
    message: expect.stringContaining('group'),
  });
  expect(await listWebsiteMembers(use.db, orgId, websites[0]!.id)).toHaveLength(1);
});

test("an unknown and another organization's website have no members to see or remove", async () => {
  const { websites, join } = await setting();
  const stranger = await anOrganization(use.db);
  const user = await join('d');
  await user.website(websites[0]!.id, 'viewer');
  for (const websiteId of [unknownId(), websites[0]!.id]) {
    const notFound = { code: 'not_found', message: 'Website not found' };
    await expect(listWebsiteMembers(use.db, stranger.orgId, websiteId)).rejects.toMatchObject(
      notFound,
    );
    await expect(
      removeWebsiteMember(use.db, stranger.orgId, websiteId, user.id),
    ).rejects.toMatchObject(notFound);
  }
});

async function setting() {
  const { orgId, websites } = await anOrganization(use.db);
  const group = await createGroup(use.db, orgId, { name: 'G', websiteIds: [websites[0]!.id] });
  const join = async (name: string) => {
    const id = newId();
    await use.db
      .insertInto('users')
      .values({ id, org_id: orgId, email: `${name}@example.com` })
      .execute();
    return {
      id,
      website: (websiteId: string, role: 'admin' | 'viewer') =>
        use.db
          .insertInto('website_members')
          .values({ org_id: orgId, website_id: websiteId, user_id: id, role })
          .execute(),
      group: (role: 'admin' | 'viewer') =>
        use.db
          .insertInto('group_members')
          .values({ org_id: orgId, group_id: group.id, user_id: id, role })
          .execute(),
    };
  };
  return { orgId, websites, join };
}
