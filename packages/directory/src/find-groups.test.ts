import { newId } from '@usher/db';
import { expect, test } from 'vitest';
import { changeGroup } from './change-group.ts';
import { createGroup } from './create-group.ts';
import { findGroup, findGroupByNumber, listGroups, pageGroups, type Group } from './find-groups.ts';
import { anOrganization, useDatabase } from './fixtures.ts';

const use = useDatabase();

test('pages are in the order of making, without gaps or repeats, and say how many there are', async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const other = await anOrganization(use.db, { count: 0 });
  await createGroup(use.db, other.orgId, { name: 'Theirs' });
  const made: Group[] = [];
  for (const name of ['E', 'D', 'C', 'B', 'A']) {
    made.push(await createGroup(use.db, orgId, { name, externalId: `x${name}` }));
  }
  const page = (offset: number, limit: number) => pageGroups(use.db, orgId, { offset, limit });
  expect(await page(0, 2)).toEqual({ groups: made.slice(0, 2), total: 5 });
  expect(await page(2, 2)).toEqual({ groups: made.slice(2, 4), total: 5 });
  expect(await page(4, 2)).toEqual({ groups: made.slice(4), total: 5 });
  for (const beyond of [5, Number.MAX_SAFE_INTEGER]) {
    expect(await page(beyond, 2)).toEqual({ groups: [], total: 5 });
  }
  const called = (externalId: string) =>
    pageGroups(use.db, orgId, { offset: 0, limit: 20, externalId });
  expect(await called('xC')).toEqual({ groups: [made[2]], total: 1 });
  expect(await called('other')).toEqual({ groups: [], total: 0 });
});

test('a group is the same by its number; another organization’s and impossible numbers are none', async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const other = await anOrganization(use.db, { count: 0 });
  const group = await createGroup(use.db, orgId, { name: 'North' });
  expect(await findGroupByNumber(use.db, orgId, group.number)).toEqual(group);
  expect(await findGroupByNumber(use.db, other.orgId, group.number)).toBeNull();
  for (const number of [0, -1, 2 ** 40, 1.5, 1e21, Number.NaN]) {
    expect(await findGroupByNumber(use.db, orgId, number)).toBeNull();
  }
});

test('a group counts its own members, and none of those below it', async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const top = await createGroup(use.db, orgId, { name: 'Top' });
  const below = await createGroup(use.db, orgId, { name: 'Below', parentNumber: top.number });
  expect([top.usersCount, below.usersCount]).toEqual([0, 0]);
  for (const groupIds of [[top.id, below.id], [below.id]]) {
    const user_id = newId();
    const email = `${user_id}@example.com`;
    await use.db.insertInto('users').values({ id: user_id, org_id: orgId, email }).execute();
    for (const group_id of groupIds) {
      const member = { org_id: orgId, group_id, user_id, role: 'viewer' } as const;
      await use.db.insertInto('group_members').values(member).execute();
    }
  }
  const counts = (await listGroups(use.db, orgId)).map(({ usersCount }) => usersCount);
  expect(counts).toEqual([1, 2]);
});

test('a group that was given nothing has no parent, description, attributes, or websites', async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const bare = await createGroup(use.db, orgId, { name: 'Bare' });
  const nothing = { parentNumber: null, description: null, attributes: {}, websites: [] };
  expect(bare).toMatchObject({ ...nothing, externalId: null, usersCount: 0 });
  const described = await changeGroup(use.db, orgId, bare.id, { description: 'Of\nwords' });
  expect(await findGroup(use.db, orgId, bare.id)).toEqual(described);
  expect(described.description).toBe('Of\nwords');
});
