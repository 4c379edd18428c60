import { expect, test } from 'vitest';
import { assertNewGroup, createGroup } from './create-group.ts';
import { listGroups } from './find-groups.ts';
import { anOrganization, unknownId, useDatabase } from './fixtures.ts';

const use = useDatabase();

test('a group is made under the id that its maker chose, with the flag that it was given', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const id = unknownId();
  const wanted = { id, name: 'Paid', websiteIds: [websites[0]!.id], billingEnabled: true };
  expect(await createGroup(use.db, orgId, wanted)).toMatchObject({ id, billingEnabled: true });
});

test('what a new group would be refused for is told beforehand, and nothing is made', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const websiteIds = [websites[0]!.id];
  const wanted = { name: 'North', websiteIds, externalId: 'n' };
  await assertNewGroup(use.db, orgId, wanted);
  expect(await listGroups(use.db, orgId)).toEqual([]);

  const { id } = await createGroup(use.db, orgId, wanted);
  const foreign = (await anOrganization(use.db)).websites[0]!.id;
  const refusals = [
    [wanted, { code: 'external_id_in_use', existing: { type: 'group', id, name: 'North' } }],
    [
      { websiteIds: [...websiteIds, foreign] },
      { code: 'invalid_request', details: [{ path: 'website_ids.1' }] },
    ],
  ] as const;
  for (const [refused, refusal] of refusals) {
    await expect(assertNewGroup(use.db, orgId, refused)).rejects.toMatchObject(refusal);
    const made = createGroup(use.db, orgId, { name: 'Second', ...refused });
    await expect(made).rejects.toMatchObject(refusal);
  }
  expect(await listGroups(use.db, orgId)).toHaveLength(1);
});

test('a group need hold no website', async () => {
  const { orgId } = await anOrganization(use.db);
  expect(await createGroup(use.db, orgId, { name: 'Bare' })).toMatchObject({ websites: [] });
  const none = { name: 'Also', websiteIds: [] };
  await assertNewGroup(use.db, orgId, none);
  expect(await createGroup(use.db, orgId, none)).toMatchObject({ websites: [] });
});

test("a refusal leaves nothing behind, and the caller's transaction goes on", async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const websiteIds = [websites[0]!.id];
  const first = await createGroup(use.db, orgId, { name: 'A', websiteIds, externalId: 'a' });
  const second = await use.db.transaction().execute(async (trx) => {
    const refused = { name: 'B', websiteIds, externalId: 'a' };
    await expect(createGroup(trx, orgId, refused)).rejects.toMatchObject({
      code: 'external_id_in_use',
    });
    return createGroup(trx, orgId, { ...refused, externalId: 'b' });
  });
  expect(await listGroups(use.db, orgId)).toEqual([first, second]);
});
