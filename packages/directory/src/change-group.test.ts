import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { assertGroupChange, changeGroup, type GroupChange } from './change-group.ts';
import { createGroup } from './create-group.ts';
import { findGroup, type Group } from './find-groups.ts';
import { anOrganization, unknownId, useDatabase } from './fixtures.ts';

const use = useDatabase();

test('all fields of one change apply together', async () => {
  const { orgId, group, ids, row } = await aGroup();
  const before = await row();
  const changed = await changeGroup(use.db, orgId, group.id, {
    name: 'South',
    addWebsiteIds: [ids[3]!, ids[2]!, ids[3]!],
    removeWebsiteIds: [ids[0]!],
    externalId: 's',
    billingEnabled: true,
  });
  expect(changed).toMatchObject({ name: 'South', externalId: 's', billingEnabled: true });
  expect(changed.websites.map(({ id }) => id)).toEqual([ids[1], ids[2], ids[3]]);
  expect(changed.createdAt).toEqual(group.createdAt);
  expect(await findGroup(use.db, orgId, group.id)).toEqual(changed);
  expect((await row()).updated > before.updated).toBe(true);
});

test('what a change leaves out stays as it is, and null clears the external id', async () => {
  const { orgId, group } = await aGroup();
  const cleared = await changeGroup(use.db, orgId, group.id, { externalId: null });
  expect(cleared).toEqual({ ...group, externalId: null, updatedAt: cleared.updatedAt });
  const renamed = await changeGroup(use.db, orgId, group.id, { name: 'Up' });
  expect(renamed).toEqual({ ...cleared, name: 'Up', updatedAt: renamed.updatedAt });
});

test('what a change says of a group’s place, words and attributes applies with the rest', async () => {
  const { orgId, group } = await aGroup();
  const parent = await createGroup(use.db, orgId, { name: 'Parent' });
  const fields = { parentNumber: parent.number, description: 'All of it', attributes: { a: 'b' } };
  const changed = await changeGroup(use.db, orgId, group.id, { name: 'South', ...fields });
  expect(changed).toEqual({ ...group, name: 'South', ...fields, updatedAt: changed.updatedAt });
  const renamed = await changeGroup(use.db, orgId, group.id, { name: 'Up' });
  expect(renamed).toEqual({ ...changed, name: 'Up', updatedAt: renamed.updatedAt });
  const none = { parentNumber: null, description: null, attributes: { a: null } };
  const cleared = await changeGroup(use.db, orgId, group.id, none);
  expect(cleared).toEqual({
    ...renamed,
    parentNumber: null,
    description: null,
    attributes: {},
    updatedAt: cleared.updatedAt,
  });
});

test('all that is wrong with place, words and attributes is told together, and nothing changes', async () => {
  const { orgId, group, row } = await aGroup();
  const before = await row();
  const change = {
    name: 'South',
    parentNumber: group.number,
    description: 'x'.repeat(10_001),
    attributes: { a: 5 },
  };
  const refusal = {
    code: 'invalid_request',
    details: [{ path: 'parentId' }, { path: 'description' }, { path: 'attributes.a' }],
  };
  await expect(assertGroupChange(use.db, orgId, group.id, change)).rejects.toMatchObject(refusal);
  await expect(changeGroup(use.db, orgId, group.id, change)).rejects.toMatchObject(refusal);
  expect(await row()).toEqual(before);
  const longest = { description: 'x'.repeat(10_000) };
  expect(await changeGroup(use.db, orgId, group.id, longest)).toMatchObject(longest);
});

test.each<[what: string, change: (ids: string[], parent: Group) => GroupChange]>([
  ['a website added', (ids) => ({ addWebsiteIds: [ids[2]!] })],
  ['a website removed', (ids) => ({ removeWebsiteIds: [ids[0]!] })],
  ['the flag', () => ({ billingEnabled: true })],
  ['the parent', (_, { number }) => ({ parentNumber: number })],
  ['the description', () => ({ description: 'Words' })],
  ['an attribute', () => ({ attributes: { a: 'b' } })],
])('%s alone moves updatedAt', async (_, change) => {
  const { orgId, group, ids, row } = await aGroup();
  const parent = await createGroup(use.db, orgId, { name: 'Parent' });
  const before = await row();
  await changeGroup(use.db, orgId, group.id, change(ids, parent));
  expect((await row()).updated > before.updated).toBe(true);
});

test('a change that changes nothing writes nothing', async () => {
  const { orgId, ids, row, ...made } = await aGroup();
  const parent = await createGroup(use.db, orgId, { name: 'Parent' });
  const fields = { parentNumber: parent.number, description: 'D', attributes: { a: 'b', c: 'd' } };
  const group = await changeGroup(use.db, orgId, made.group.id, fields);
  const before = await row();
  const same = [
    {},
    { name: group.name, externalId: group.externalId, billingEnabled: false },
    fields,
    { attributes: {} },
    { attributes: { c: 'd', none: null } },
    { addWebsiteIds: [ids[1]!, ids[0]!] },
    { removeWebsiteIds: [ids[2]!, unknownId(), (await anOrganization(use.db)).websites[0]!.id] },
  ];
  for (const change of same) {
    expect(await changeGroup(use.db, orgId, group.id, change)).toEqual(group);
  }
  expect(await row()).toEqual(before);
});

test("another organization's websites and unknown ones are refused by name, and nothing changes", async () => {
  const { orgId, group, ids, row } = await aGroup();
  const before = await row();
  const foreign = (await anOrganization(use.db)).websites[0]!.id;
  const unknown = unknownId();
  const change = {
    name: 'South',
    addWebsiteIds: [foreign, ids[2]!, unknown],
    removeWebsiteIds: [ids[0]!],
  };
  const refusal = {
    code: 'invalid_request',
    details: [
      { path: 'add_website_ids.0', message: `Website ${foreign} not found` },
      { path: 'add_website_ids.2', message: `Website ${unknown} not found` },
    ],
  };
  await expect(assertGroupChange(use.db, orgId, group.id, change)).rejects.toMatchObject(refusal);
  await expect(changeGroup(use.db, orgId, group.id, change)).rejects.toMatchObject(refusal);
  expect(await row()).toEqual(before);
  expect(await findGroup(use.db, orgId, group.id)).toEqual(group);
});

test('an external id in use names the group in the way, and nothing changes', async () => {
  const { orgId, group, ids, row } = await aGroup();
  const other = await createGroup(use.db, orgId, {
    name: 'Other',
    websiteIds: [ids[0]!],
    externalId: 'o',
  });
  const before = await row();
  const change = { name: 'South', addWebsiteIds: [ids[2]!], externalId: 'o' };
  const refusal = {
    code: 'external_id_in_use',
    existing: { type: 'group', id: other.id, name: 'Other' },
  };
  await expect(assertGroupChange(use.db, orgId, group.id, change)).rejects.toMatchObject(refusal);
  await expect(changeGroup(use.db, orgId, group.id, change)).rejects.toMatchObject(refusal);
  expect(await row()).toEqual(before);
  expect(await findGroup(use.db, orgId, group.id)).toEqual(group);
  const elsewhere = await aGroup();
  await changeGroup(use.db, elsewhere.orgId, elsewhere.group.id, { externalId: 'o' });
});

test("another organization's group and an unknown one are not found, and stay as they are", async () => {
  const { orgId } = await anOrganization(use.db);
  const theirs = await aGroup();
  const notFound = { code: 'not_found', message: 'Group not found' };
  for (const id of [theirs.group.id, unknownId()]) {
    const change = { name: 'Mine', addWebsiteIds: [unknownId()] };
    await expect(changeGroup(use.db, orgId, id, change)).rejects.toMatchObject(notFound);
    await expect(assertGroupChange(use.db, orgId, id, change)).rejects.toMatchObject(notFound);
  }
  expect(await findGroup(use.db, theirs.orgId, theirs.group.id)).toEqual(theirs.group);
});

test('what would be allowed is told without a write, and without waiting for a lock', async () => {
  const { orgId, group, ids, row } = await aGroup();
  const before = await row();
  await use.db.transaction().execute(async (trx) => {
    await sql`select from groups where id = ${group.id} for update`.execute(trx);
    await assertGroupChange(use.db, orgId, group.id, {
      name: 'South',
      addWebsiteIds: [ids[2]!],
      removeWebsiteIds: [unknownId()],
      externalId: 'n',
    });
  });
  expect(await row()).toEqual(before);
});

test("a refusal leaves nothing of the change behind, and the caller's transaction goes on", async () => {
  const { orgId, group, ids } = await aGroup();
  const other = await createGroup(use.db, orgId, { name: 'O', websiteIds: ids, externalId: 'o' });
  await use.db.transaction().execute(async (trx) => {
    const refused = { name: 'South', addWebsiteIds: [ids[2]!], externalId: 'o' };
    await expect(changeGroup(trx, orgId, group.id, refused)).rejects.toMatchObject({
      code: 'external_id_in_use',
    });
    await changeGroup(trx, orgId, other.id, { name: 'Renamed' });
  });
  expect(await findGroup(use.db, orgId, group.id)).toEqual(group);
  expect(await findGroup(use.db, orgId, other.id)).toMatchObject({ name: 'Renamed' });
});

/** A group "North" of the first two of four websites, and what Postgres knows of its row. */
async function aGroup() {
  const { orgId, websites } = await anOrganization(use.db, { count: 4 });
  const ids = websites.map((website) => website.id);
  const group = await createGroup(use.db, orgId, {
    name: 'North',
    websiteIds: ids.slice(0, 2),
    externalId: 'n',
  });
  const row = async () => {
    const { rows } = await sql<{ version: string; updated: string; websites: string }>`
      select xmin::text || ' ' || ctid::text as version, updated_at::text as updated,
        array(select xmin::text || website_id from group_websites where group_id = groups.id
          order by website_id)::text as websites
      from groups where id = ${group.id}`.execute(use.db);
    return rows[0]!;
  };
  return { orgId, ids, group, row };
}
