import { newId } from '@usher/db';
import { listAuditLog } from '@usher/events';
import { expect, test } from 'vitest';
import { addUserToGroups } from './add-user-to-groups.ts';
import { createGroup } from './create-group.ts';
import { deleteGroup } from './delete-group.ts';
import { findGroup } from './find-groups.ts';
import { anOrganization, useDatabase } from './fixtures.ts';

const use = useDatabase();

async function someGroups(count = 3) {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const groups = [];
  for (let index = 0; index < count; index += 1) {
    groups.push(await createGroup(use.db, orgId, { name: `Group ${index}` }));
  }
  return { orgId, groups };
}

async function aUser(orgId: string) {
  const id = newId();
  return use.db
    .insertInto('users')
    .values({ id, org_id: orgId, email: `${id}@example.com` })
    .returning(['id', 'number', 'email'])
    .executeTakeFirstOrThrow();
}

const membersOf = (groupId: string) =>
  use.db
    .selectFrom('group_members')
    .select(['user_id', 'role'])
    .where('group_id', '=', groupId)
    .execute();

test('a user becomes a viewer of each group, and the answer keeps the order of first mention', async () => {
  const { orgId, groups } = await someGroups();
  const user = await aUser(orgId);
  const [a, b, c] = groups.map(({ number }) => number) as [number, number, number];
  const added = await addUserToGroups(use.db, orgId, user.number, [c, a, c]);
  expect(added.map(({ number, usersCount }) => [number, usersCount])).toEqual([
    [c, 1],
    [a, 1],
  ]);
  expect(await membersOf(groups[0]!.id)).toEqual([{ user_id: user.id, role: 'viewer' }]);
  expect(await addUserToGroups(use.db, orgId, user.number, [])).toEqual([]);
  expect((await findGroup(use.db, orgId, groups[1]!.id))?.usersCount).toBe(0);
  expect(b).not.toBe(a);
});

test('who is a member already keeps the role, and only what is new is written down', async () => {
  const { orgId, groups } = await someGroups(2);
  const user = await aUser(orgId);
  const [held, other] = groups as [(typeof groups)[0], (typeof groups)[0]];
  await use.db
    .insertInto('group_members')
    .values({ org_id: orgId, group_id: held.id, user_id: user.id, role: 'admin' })
    .execute();
  const by = { apiKeyId: newId(), requestId: newId() };
  const add = () => addUserToGroups(use.db, orgId, user.number, [held.number, other.number], by);
  const before = (await listAuditLog(use.db, orgId, { limit: 200 })).entries.length;
  const first = await add();
  expect(await add()).toEqual(first);
  expect(first.map(({ number }) => number)).toEqual([held.number, other.number]);
  expect(await membersOf(held.id)).toEqual([{ user_id: user.id, role: 'admin' }]);
  const { entries } = await listAuditLog(use.db, orgId, { limit: 200 });
  expect(entries.slice(0, entries.length - before)).toEqual([
    expect.objectContaining({
      action: 'member.add',
      resource: { type: 'member', id: user.id },
      api_key_id: by.apiKeyId,
      before: null,
      after: { group_id: other.id, email: user.email, role: 'viewer' },
    }),
  ]);
});

test('who is a member by a roster is one of their own from then on, which is nothing to write down', async () => {
  const { orgId, groups } = await someGroups(2);
  const user = await aUser(orgId);
  const [asked, other] = groups as [(typeof groups)[0], (typeof groups)[0]];
  await use.db
    .insertInto('group_members')
    .values(
      groups.map(({ id }) => ({
        org_id: orgId,
        group_id: id,
        user_id: user.id,
        role: 'viewer' as const,
        from_roster: true,
      })),
    )
    .execute();
  const logged = async () => (await listAuditLog(use.db, orgId, { limit: 200 })).entries.length;
  const before = await logged();
  const added = await addUserToGroups(use.db, orgId, user.number, [asked.number]);
  expect(added).toMatchObject([{ number: asked.number, usersCount: 1 }]);
  const fromRoster = async (groupId: string) =>
    (
      await use.db
        .selectFrom('group_members')
        .select('from_roster')
        .where('group_id', '=', groupId)
        .executeTakeFirstOrThrow()
    ).from_roster;
  expect([await fromRoster(asked.id), await fromRoster(other.id)]).toEqual([false, true]);
  expect(await logged()).toBe(before);
});

test('a group that is not the organization’s is refused by its place, and nothing is added', async () => {
  const { orgId, groups } = await someGroups(1);
  const theirs = (await someGroups(1)).groups[0]!.number;
  const user = await aUser(orgId);
  const own = groups[0]!;
  const wanted = addUserToGroups(use.db, orgId, user.number, [theirs, own.number, 1e21, theirs]);
  await expect(wanted).rejects.toMatchObject({
    code: 'invalid_request',
    details: [
      { path: 'groups.0', message: `Group ${theirs} not found` },
      { path: 'groups.2', message: 'Group 1e+21 not found' },
      { path: 'groups.3', message: `Group ${theirs} not found` },
    ],
  });
  expect(await membersOf(own.id)).toEqual([]);
});

test('another organization’s user, an unknown and an impossible number are not found', async () => {
  const { orgId, groups } = await someGroups(1);
  const stranger = await aUser((await someGroups(1)).orgId);
  for (const number of [stranger.number, 2 ** 40, 1.5, 1e21]) {
    const adding = addUserToGroups(use.db, orgId, number, [groups[0]!.number]);
    await expect(adding).rejects.toMatchObject({ code: 'not_found', message: 'User not found' });
  }
  expect(await membersOf(groups[0]!.id)).toEqual([]);
});

test('added while groups are deleted, a user is in all that are left or in none', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { orgId, groups } = await someGroups(4);
    const users = [await aUser(orgId), await aUser(orgId)];
    const numbers = groups.map(({ number }) => number);
    const [first, second, deleted] = await Promise.allSettled([
      addUserToGroups(use.db, orgId, users[0]!.number, numbers),
      addUserToGroups(use.db, orgId, users[1]!.number, numbers.toReversed()),
      deleteGroup(use.db, orgId, groups[2]!.id),
    ]);
    expect(deleted?.status).toBe('fulfilled');
    for (const [index, added] of [first, second].entries()) {
      if (added?.status === 'rejected') {
        expect(added.reason).toMatchObject({
          details: [{ message: expect.stringMatching(/not found/) }],
        });
      }
      const left =
        added?.status === 'fulfilled' ? [true, true, false, true] : [false, false, false, false];
      const found = await Promise.all(
        groups.map(async ({ id }) =>
          (await membersOf(id)).some(({ user_id }) => user_id === users[index]!.id),
        ),
      );
      expect(found).toEqual(left);
    }
  }
});
