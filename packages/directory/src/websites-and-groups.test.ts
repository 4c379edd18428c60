import { expect, test } from 'vitest';
import { createGroup } from './create-group.ts';
import { createWebsites } from './create-websites.ts';
import { findGroup, listGroups } from './find-groups.ts';
import { findWebsite, listWebsites } from './find-websites.ts';
import { anOrganization, unknownId, useDatabase } from './fixtures.ts';
import { findOrganization } from './organizations.ts';

const use = useDatabase();

test('websites keep the order given, and their name defaults to the url', async () => {
  const { organization, orgId } = await anOrganization(use.db, { count: 0 });
  const created = await createWebsites(use.db, orgId, [
    { url: 'b.example', name: 'Bee' },
    { url: 'a.example', externalId: 'a' },
  ]);
  expect(created).toMatchObject([
    { url: 'b.example', name: 'Bee', externalId: null },
    { url: 'a.example', name: 'a.example', externalId: 'a' },
  ]);
  expect(await listWebsites(use.db, orgId, null)).toEqual(created);
  expect(await listWebsites(use.db, orgId, [created[1]!.id])).toEqual([created[1]]);
  expect(await listWebsites(use.db, orgId, [])).toEqual([]);
  expect(await findOrganization(use.db, orgId)).toEqual(organization);
});

test('an external id in use names the website in the way, and none is made', async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const [first] = await createWebsites(use.db, orgId, [{ url: 'one.example', externalId: 'x' }]);
  const wanted = createWebsites(use.db, orgId, [
    { url: 'two.example' },
    { url: 'three.example', externalId: 'x' },
  ]);
  await expect(wanted).rejects.toMatchObject({
    code: 'external_id_in_use',
    existing: { type: 'website', id: first!.id, name: 'one.example' },
  });
  expect(await listWebsites(use.db, orgId, null)).toEqual([first]);
});

test('an external id repeated in one request is refused, and none is made', async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const wanted = createWebsites(use.db, orgId, [
    { url: 'one.example', externalId: 'x' },
    { url: 'two.example', externalId: 'x' },
  ]);
  await expect(wanted).rejects.toMatchObject({
    code: 'invalid_request',
    details: [{ path: 'websites.1.external_id' }],
  });
  expect(await listWebsites(use.db, orgId, null)).toEqual([]);
});

test('of many who claim one external id at once exactly one gets it', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const claims = Array.from({ length: 20 }, (_, index) => [
    createWebsites(use.db, orgId, [{ url: `${index}.example`, externalId: 'same' }]),
    createGroup(use.db, orgId, {
      name: `Group ${index}`,
      websiteIds: [websites[0]!.id],
      externalId: 'same',
    }),
  ]).flat();
  const settled = await Promise.allSettled<unknown>(claims);
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  for (const claim of settled) {
    if (claim.status === 'fulfilled') continue;
    expect(claim.reason).toMatchObject({ code: 'external_id_in_use' });
    expect(claim.reason.existing).toBeDefined();
  }
});

test('a group is returned with its websites and found by its external id', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const [one, two] = [websites[0]!, websites[1]!];
  const group = await createGroup(use.db, orgId, {
    name: 'North',
    websiteIds: [two.id, one.id, two.id],
    externalId: 'n',
  });
  expect(group).toMatchObject({ orgId, name: 'North', externalId: 'n', billingEnabled: false });
  expect(group.websites).toEqual([one, two].map(({ id, url, name }) => ({ id, url, name })));
  expect(await findGroup(use.db, orgId, group.id)).toEqual(group);
  expect(await listGroups(use.db, orgId)).toEqual([group]);
  expect(await listGroups(use.db, orgId, { externalId: 'n' })).toEqual([group]);
  expect(await listGroups(use.db, orgId, { externalId: 'other' })).toEqual([]);
});

test("a group with another organization's website is refused by name, and not made", async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const foreign = (await anOrganization(use.db)).websites[0]!.id;
  const unknown = unknownId();
  const websiteIds = [foreign, websites[0]!.id, unknown];
  await expect(createGroup(use.db, orgId, { name: 'No', websiteIds })).rejects.toMatchObject({
    code: 'invalid_request',
    details: [
      { path: 'website_ids.0', message: `Website ${foreign} not found` },
      { path: 'website_ids.2', message: `Website ${unknown} not found` },
    ],
  });
  expect(await listGroups(use.db, orgId)).toEqual([]);
});

test("another organization's websites and groups are not found", async () => {
  const mine = await anOrganization(use.db);
  const theirs = await anOrganization(use.db);
  const group = await createGroup(use.db, theirs.orgId, {
    name: 'Theirs',
    websiteIds: [theirs.websites[0]!.id],
  });
  expect(await findGroup(use.db, mine.orgId, group.id)).toBeNull();
  expect(await findWebsite(use.db, mine.orgId, theirs.websites[0]!.id)).toBeNull();
  expect(await findOrganization(use.db, unknownId())).toBeNull();
});
