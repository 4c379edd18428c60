import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { changeGroup } from './change-group.ts';
import { createGroup } from './create-group.ts';
import { findGroup, listGroups, type Group } from './find-groups.ts';
import { anOrganization, untilBlocked, useDatabase } from './fixtures.ts';

const use = useDatabase();

test('of twenty groups that claim one external id at once exactly one gets it, the others stay', async () => {
  const { orgId, groups } = await someGroups(20);
  const settled = await Promise.allSettled(
    groups.map(({ id }) => changeGroup(use.db, orgId, id, { name: 'Mine', externalId: 'same' })),
  );
  const won = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect(won).toHaveLength(1);
  for (const each of settled) {
    if (each.status === 'fulfilled') continue;
    expect(each.reason).toMatchObject({
      code: 'external_id_in_use',
      existing: { type: 'group', id: won[0]?.id, name: 'Mine' },
    });
  }
  const expected = groups.map((group) => (group.id === won[0]?.id ? won[0] : group));
  expect(await listGroups(use.db, orgId)).toEqual(expected);
});

test('a claim lost after it was checked is refused like any other, and its transaction goes on', async () => {
  const { orgId, groups, websites } = await someGroups(2);
  const [winner, loser] = groups as [Group, Group];
  let losing: Promise<void> | undefined;
  await use.db.transaction().execute(async (trx) => {
    await changeGroup(trx, orgId, winner.id, { externalId: 'same' });
    losing = use.db.transaction().execute(async (other) => {
      const change = { externalId: 'same', addWebsiteIds: [websites[1]!.id] };
      await expect(changeGroup(other, orgId, loser.id, change)).rejects.toMatchObject({
        code: 'external_id_in_use',
        existing: { type: 'group', id: winner.id },
      });
      await changeGroup(other, orgId, loser.id, { billingEnabled: true });
    });
    await untilBlocked(use.db, 1);
  });
  await losing;
  const { updatedAt } = (await findGroup(use.db, orgId, loser.id))!;
  expect(await findGroup(use.db, orgId, loser.id)).toEqual({
    ...loser,
    billingEnabled: true,
    updatedAt,
  });
});

test('an external id that its group gives up is free for the change that waited', async () => {
  const { orgId, groups } = await someGroups(2);
  const [first, second] = groups as [Group, Group];
  let waiting: Promise<Group> | undefined;
  await expect(
    use.db.transaction().execute(async (trx) => {
      await changeGroup(trx, orgId, first.id, { externalId: 'same' });
      waiting = changeGroup(use.db, orgId, second.id, { externalId: 'same' });
      await untilBlocked(use.db, 1);
      throw new Error('the first gives up');
    }),
  ).rejects.toThrow('gives up');
  expect(await waiting).toMatchObject({ externalId: 'same' });
});

test('changes of one group at once are all kept', async () => {
  const { orgId, groups, websites } = await someGroups(1);
  const { id } = groups[0]!;
  const ids = websites.map((website) => website.id);
  await Promise.all([
    ...ids.map((website) => changeGroup(use.db, orgId, id, { addWebsiteIds: [website] })),
    ...ids.map(() => changeGroup(use.db, orgId, id, { addWebsiteIds: ids.toReversed() })),
    changeGroup(use.db, orgId, id, { name: 'Renamed' }),
    changeGroup(use.db, orgId, id, { billingEnabled: true }),
    changeGroup(use.db, orgId, id, { externalId: 'x' }),
  ]);
  const found = await findGroup(use.db, orgId, id);
  expect(found).toMatchObject({ name: 'Renamed', billingEnabled: true, externalId: 'x' });
  expect(found?.websites.map((website) => website.id)).toEqual(ids);
});

test('attributes that are given at once, each by another, are all kept', async () => {
  const { orgId, groups } = await someGroups(1);
  const { id } = groups[0]!;
  const names = Array.from({ length: 12 }, (_, n) => `attribute ${n}`);
  await Promise.all(
    names.map((name) => changeGroup(use.db, orgId, id, { attributes: { [name]: 'x' } })),
  );
  const { attributes } = (await findGroup(use.db, orgId, id))!;
  expect(Object.keys(attributes).toSorted()).toEqual(names.toSorted());
});

test('a change that waited for another is decided on what that one left, and is the later one', async () => {
  const { orgId, groups } = await someGroups(1);
  const { id } = groups[0]!;
  const moved = async () => (await stamp(id)).updated;
  let waiting: Promise<Group> | undefined;
  await use.db.transaction().execute(async (early) => {
    // The transaction's own clock stands still from here on.
    await sql`select now()`.execute(early);
    await use.db.transaction().execute(async (trx) => {
      await changeGroup(trx, orgId, id, { name: 'South' });
      waiting = changeGroup(early, orgId, id, { billingEnabled: true });
      await untilBlocked(use.db, 1);
    });
    const before = await moved();
    await waiting;
    const { rows } = await sql<{ updated: string }>`
      select updated_at::text as updated from groups where id = ${id}`.execute(early);
    expect(rows[0]!.updated > before).toBe(true);
  });
  const version = await stamp(id);
  expect(await changeGroup(use.db, orgId, id, { name: 'South' })).toMatchObject({
    billingEnabled: true,
  });
  expect(await stamp(id)).toEqual(version);
});

test('members are added to a group while a change of it is under way', async () => {
  const { orgId, groups } = await someGroups(1);
  const group_id = groups[0]!.id;
  const user_id = newId();
  await use.db
    .insertInto('users')
    .values({ id: user_id, org_id: orgId, email: 'ann@example.com' })
    .execute();
  await use.db.transaction().execute(async (trx) => {
    await changeGroup(trx, orgId, group_id, { name: 'South', externalId: 's' });
    await use.db
      .insertInto('group_members')
      .values({ org_id: orgId, group_id, user_id, role: 'viewer' })
      .execute();
  });
});

async function someGroups(count: number) {
  const { orgId, websites } = await anOrganization(use.db, { count: 10 });
  const groups: Group[] = [];
  for (let index = 0; index < count; index += 1) {
    const wanted = { name: `Group ${index}`, websiteIds: [websites[0]!.id] };
    groups.push(await createGroup(use.db, orgId, wanted));
  }
  return { orgId, websites, groups };
}

async function stamp(groupId: string) {
  const { rows } = await sql<{ updated: string; version: string }>`
    select updated_at::text as updated, xmin::text as version from groups
    where id = ${groupId}`.execute(use.db);
  return rows[0]!;
}
