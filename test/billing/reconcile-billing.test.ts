import { newId } from '@usher/db';
import { deleteGroup } from '@usher/directory';
import type { BillingProvider } from '@usher/kinds';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { useBillingDatabase, type ProviderName } from './use-billing.ts';

const useBilling = useBillingDatabase();
const PROVIDERS: ProviderName[] = ['stripe', 'lago'];

describe.each(PROVIDERS)('%s', (name) => {
  test('what was provisioned does not differ, which one look tells', async () => {
    const use = await useBilling(name);
    await use.provisioned();
    await use.aGroup('Without billing');
    use.fake.ledger.length = 0;
    expect(await use.reconcile()).toEqual({
      provider: name,
      checked: { groups: 2, entities: 1 },
      differences: [],
    });
    expect(use.fake.ledger.map(({ operation }) => operation)).toEqual(['list']);
  });

  test('an entity gone upstream is missing, and is made anew only when told to', async () => {
    const use = await useBilling(name);
    const groupId = await use.provisioned();
    const [entity] = use.fake.entities(groupId);
    const upstream_id = entity?.id ?? '';
    use.fake.remove(upstream_id);
    const before = await use.record(groupId);
    const missing = { type: 'missing', group_id: groupId, org_id: use.orgId, upstream_id };
    const detail = 'It is provisioned here, and there is no such entity upstream';
    expect((await use.reconcile()).differences).toEqual([{ ...missing, detail, repaired: false }]);
    expect(await use.record(groupId)).toEqual(before);
    expect(await use.tasks()).toEqual([]);

    expect((await use.reconcile(true)).differences).toEqual([
      { ...missing, detail, repaired: true },
    ]);
    expect(await use.record(groupId)).toMatchObject({ state: 'intended', epoch: 2 });
    await use.work();
    const [made, ...more] = use.fake.entities(groupId);
    expect(made?.id).not.toBe(upstream_id);
    expect(more).toEqual([]);
    expect(await use.record(groupId)).toMatchObject({
      state: 'provisioned',
      upstream_id: made?.id,
    });
    expect((await use.reconcile(true)).differences).toEqual([]);
  });

  test('an entity gone upstream is not made anew where billing is not enabled', async () => {
    const use = await useBilling(name);
    const groupId = await use.provisioned();
    await use.db.updateTable('groups').set({ billing_enabled: false }).execute();
    use.fake.remove(use.fake.entities(groupId)[0]?.id ?? '');
    const { differences } = await use.reconcile(true);
    expect(differences).toMatchObject([{ type: 'missing', repaired: true }]);
    expect(await use.record(groupId)).toMatchObject({ state: 'intended', epoch: 2 });
    expect(await use.tasks()).toEqual([]);
    expect((await use.reconcile()).differences).toEqual([]);
  });

  test('a flag without an entity is missing one, until a job has made it', async () => {
    const use = await useBilling(name);
    const groupId = await use.aGroup('Sales', true);
    const missing = { type: 'missing', group_id: groupId, upstream_id: null };
    expect((await use.reconcile()).differences).toMatchObject([{ ...missing, repaired: false }]);
    expect(await use.tasks()).toEqual([]);
    expect((await use.reconcile(true)).differences).toMatchObject([{ ...missing, repaired: true }]);
    // The job is on its way: nothing to tell of, and no second one.
    expect((await use.reconcile(true)).differences).toEqual([]);
    expect(await use.tasks()).toHaveLength(1);
    await use.work();
    expect(use.fake.entities(groupId)).toMatchObject([{ name: 'Sales' }]);
    expect((await use.reconcile()).differences).toEqual([]);
  });

  test('a group that billing was refused for is missing its entity, repair after repair', async () => {
    const use = await useBilling(name);
    const groupId = await use.aGroup('Sales', true);
    use.fake.reject(groupId);
    await use.provision(groupId);
    expect((await use.reconcile(true)).differences).toMatchObject([{ type: 'missing' }]);
    await use.work();
    use.fake.accept(groupId);
    expect((await use.reconcile(true)).differences).toMatchObject([{ repaired: true }]);
    await use.work();
    expect(use.fake.entities(groupId)).toHaveLength(1);
    expect((await use.reconcile()).differences).toEqual([]);
  });

  test('an entity that is not on record is orphaned, and adopted under its name when told to', async () => {
    const use = await useBilling(name);
    const [absent, intended] = [await use.aGroup('New name'), await use.aGroup('Intended')];
    await use.db
      .insertInto('billing_entities')
      .values({ group_id: intended, org_id: use.orgId, provider: name })
      .execute();
    const planted = [use.plant(absent), use.plant(intended, { entityName: 'Intended' })];
    const orphans = planted
      .map(({ id, groupId }) => ({ type: 'orphaned', group_id: groupId, upstream_id: id }))
      .toReversed();
    const listed = (await use.reconcile()).differences;
    expect(listed).toMatchObject(orphans.map((orphan) => ({ ...orphan, repaired: false })));
    expect(await use.record(absent)).toBeUndefined();

    const { differences } = await use.reconcile(true);
    expect(differences).toMatchObject(orphans.map((orphan) => ({ ...orphan, repaired: true })));
    for (const { id, groupId } of planted) {
      expect(await use.record(groupId ?? '')).toMatchObject({
        state: 'provisioned',
        upstream_id: id,
      });
    }
    expect(use.fake.entities().map((entity) => entity.name)).toEqual(['New name', 'Intended']);
    expect((await use.reconcile(true)).differences).toEqual([]);
  });

  test('an entity of a group that is gone, or of another organization, is left alone', async () => {
    const use = await useBilling(name);
    const gone = await use.provisioned();
    await deleteGroup(use.db, use.orgId, gone);
    const theirs = await use.aGroup();
    use.plant(theirs, { org: newId() });
    use.plant(newId());
    const before = structuredClone(use.fake.entities());
    const { differences } = await use.reconcile(true);
    expect(differences.map(({ type, repaired }) => [type, repaired])).toEqual([
      ['orphaned', false],
      ['orphaned', false],
      ['orphaned', false],
    ]);
    expect(use.fake.entities()).toEqual(before);
    expect(await use.record(theirs)).toBeUndefined();
    expect(await use.record(gone)).toMatchObject({ state: 'provisioned' });
  });

  test('an entity of another organization is not adopted by a group that wants one', async () => {
    const use = await useBilling(name);
    const groupId = await use.aGroup('Sales', true);
    use.plant(groupId, { org: newId() });
    const { differences } = await use.reconcile(true);
    expect(differences).toMatchObject([
      { type: 'orphaned', group_id: groupId, org_id: use.orgId, repaired: false },
    ]);
    expect(await use.tasks()).toEqual([]);
  });

  test('another name is mismatched, and set upstream when told to', async () => {
    const use = await useBilling(name);
    const groupId = await use.provisioned('Old');
    await use.db.updateTable('groups').set({ name: 'New' }).execute();
    const mismatched = {
      type: 'mismatched',
      group_id: groupId,
      org_id: use.orgId,
      upstream_id: use.fake.entities(groupId)[0]?.id,
      detail: 'Its name is "Old" upstream, "New" here',
    };
    expect((await use.reconcile()).differences).toEqual([{ ...mismatched, repaired: false }]);
    expect(use.fake.entities()).toMatchObject([{ name: 'Old' }]);
    expect((await use.reconcile(true)).differences).toEqual([{ ...mismatched, repaired: true }]);
    expect(use.fake.entities()).toMatchObject([{ name: 'New' }]);
    expect((await use.reconcile(true)).differences).toEqual([]);
  });

  test('a name that could not be set stays a difference, with the reason', async () => {
    const use = await useBilling(name);
    await use.provisioned('Old');
    await use.db.updateTable('groups').set({ name: 'New' }).execute();
    use.fake.next('503', 'rename');
    const { differences } = await use.reconcile(true);
    expect(differences).toMatchObject([
      { repaired: false, detail: expect.stringMatching(/; it could not be renamed: \w/) },
    ]);
  });

  test('another organization, or another entity than ours, is mismatched and left alone', async () => {
    const use = await useBilling(name);
    const [first, second] = [await use.provisioned('First'), await use.provisioned('Second')];
    const [entity] = use.fake.entities(first);
    if (!entity) throw new Error('nothing was made');
    entity.metadata['usher_org_id'] = newId();
    await use.db
      .updateTable('billing_entities')
      .set({ upstream_id: 'another' })
      .where('group_id', '=', second)
      .execute();
    const before = structuredClone(use.fake.entities());
    const { differences } = await use.reconcile(true);
    expect(differences).toMatchObject(
      [
        { type: 'mismatched', group_id: second, detail: 'On record for the group is another' },
        { type: 'mismatched', group_id: first, detail: /^Its organization is/ },
      ].map((each) => ({ ...each, detail: expect.stringMatching(each.detail), repaired: false })),
    );
    expect(use.fake.entities()).toEqual(before);
    expect(await use.record(second)).toMatchObject({ upstream_id: 'another' });
  });

  test('a provisioning under way is no difference, at any moment of it', async () => {
    const use = await useBilling(name);
    const groupId = await use.aGroup('Sales', true);
    await use.submit(groupId);
    const told = [(await use.reconcile(true)).differences];
    const engine = use.engineWith(async (point) => {
      if (['call:before', 'call:after', 'record:before-commit'].includes(point)) {
        told.push((await use.reconcile(true)).differences);
      }
    });
    await use.work(engine);
    expect(told).toEqual([[], [], [], []]);
    expect(use.fake.entities(groupId)).toHaveLength(1);
    expect(await use.tasks()).toEqual([]);
  });

  test('a provisioning meant for next week hides nothing', async () => {
    const use = await useBilling(name);
    const groupId = await use.aGroup('Sales', true);
    await use.submit(groupId, new Date(Date.now() + 7 * 86_400_000));
    expect((await use.reconcile()).differences).toMatchObject([{ type: 'missing' }]);
  });

  test('a provisioning that ends while the lists are read is no difference', async () => {
    const use = await useBilling(name);
    const groupId = await use.aGroup('Sales', true);
    let lists = 0;
    const late = {
      ...use.provider,
      async *list(signal: AbortSignal) {
        yield* use.provider.list(signal);
        lists += 1;
        // Too late to be on this list.
        if (lists === 2) await use.provision(groupId);
      },
    };
    expect((await use.reconcile(true, { by: late })).differences).toEqual([]);
    expect(lists).toBe(2);
    expect(await use.record(groupId)).toMatchObject({ state: 'provisioned' });
  });

  test('reconcilers that repair at once do it once', async () => {
    const use = await useBilling(name);
    const enabled = await use.aGroup('Enabled', true);
    const lost = await use.provisioned('Lost');
    use.fake.remove(use.fake.entities(lost)[0]?.id ?? '');
    const orphan = await use.aGroup('Orphan');
    use.plant(orphan);
    const renamed = await use.provisioned('Renamed');
    await use.db.updateTable('groups').set({ name: 'Name' }).where('id', '=', renamed).execute();
    await Promise.all(Array.from({ length: 5 }, () => use.reconcile(true)));
    const targets = (await use.tasks()).flatMap(({ target_ids }) => target_ids);
    expect(targets.toSorted()).toEqual([enabled, lost].toSorted());
    expect(await use.record(lost)).toMatchObject({ epoch: 2 });
    await use.work();
    expect((await use.reconcile(true)).differences).toEqual([]);
    const groupIds = [enabled, lost, orphan, renamed];
    expect(use.fake.entitiesPerGroup()).toEqual(new Map(groupIds.map((id) => [id, 1])));
  });

  test('what others repaired between its look and its repair is left as they made it', async () => {
    const use = await useBilling(name);
    const renamed = await use.provisioned('Renamed');
    await use.db.updateTable('groups').set({ name: 'Name' }).where('id', '=', renamed).execute();
    const lost = await use.provisioned('Lost');
    use.fake.remove(use.fake.entities(lost)[0]?.id ?? '');
    const refused = await use.aGroup('Refused', true);
    use.fake.reject(refused);
    await use.provision(refused);
    let others: string[] = [];
    // Names come first: by then all of it was read.
    const slow: BillingProvider = {
      ...use.provider,
      async rename(entity, wanted, signal) {
        if (others.length === 0) {
          others = (await use.reconcile(true)).differences.map(({ type }) => type);
          await use.work();
        }
        return use.provider.rename(entity, wanted, signal);
      },
    };
    const { differences } = await use.reconcile(true, { by: slow });
    expect(others.toSorted()).toEqual(['mismatched', 'missing', 'missing']);
    expect(differences.map(({ type }) => type)).toEqual(['mismatched']);
    expect(await use.record(lost)).toMatchObject({ state: 'provisioned', epoch: 2 });
    expect(await use.tasks()).toEqual([]);
  });

  test('thousands of groups are compared page by page', async () => {
    const use = await useBilling(name);
    const groupIds = Array.from({ length: 2_100 }, newId);
    await sql`insert into groups (id, org_id, name, billing_enabled)
      select id, ${use.orgId}, 'Sales', true from unnest(${groupIds}::uuid[]) as id`.execute(
      use.db,
    );
    const planted = groupIds.map((groupId) => use.plant(groupId));
    await sql`insert into billing_entities
        (group_id, org_id, provider, state, upstream_id, provisioned_at)
      select id, ${use.orgId}, ${name}, 'provisioned', upstream_id, now() - interval '1 minute'
      from unnest(${groupIds}::uuid[], ${planted.map(({ id }) => id)}::text[])
        as given (id, upstream_id)`.execute(use.db);
    expect((await use.reconcile()).differences).toEqual([]);
    for (const at of [0, 1_050, 2_099]) use.fake.remove(planted[at]?.id ?? '');
    const { checked, differences } = await use.reconcile();
    expect(checked).toEqual({ groups: 2_100, entities: 2_097 });
    expect(differences.map(({ type, group_id }) => [type, group_id])).toEqual(
      [0, 1_050, 2_099].map((at) => ['missing', groupIds[at]]),
    );
  });

  test('a list that cannot be read is no answer, and nothing is repaired', async () => {
    const use = await useBilling(name);
    const groupId = await use.provisioned();
    use.fake.remove(use.fake.entities(groupId)[0]?.id ?? '');
    const before = await use.record(groupId);
    // Each page is read up to thrice.
    use.fake.next(['503', '503', '503'], 'list');
    await expect(use.reconcile(true)).rejects.toThrow(/cannot be read/);
    use.fake.next(['slow', '503', '503', '503'], 'list');
    await expect(use.reconcile(true)).rejects.toThrow(/cannot be read/);
    expect(await use.record(groupId)).toEqual(before);
  });
});
