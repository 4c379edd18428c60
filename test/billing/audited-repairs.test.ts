import { listAuditLog } from '@usher/events';
import { describe, expect, test } from 'vitest';
import { useBillingDatabase, type ProviderName } from './use-billing.ts';

const useBilling = useBillingDatabase();
const PROVIDERS: ProviderName[] = ['stripe', 'lago'];

describe.each(PROVIDERS)('%s', (name) => {
  async function prepare() {
    const use = await useBilling(name);
    /** What a repair writes down of billing entities, oldest first, without a key. */
    const repair = async () => {
      const before = new Set((await entries()).map(({ id }) => id));
      await use.reconcile(true);
      const made = (await entries()).filter(({ id }) => !before.has(id)).toReversed();
      expect(made.map(({ api_key_id: keyId }) => keyId)).toEqual(made.map(() => null));
      return Promise.all(
        made.map(async ({ action, resource, before: was, after }) =>
          action === 'job.submit'
            ? [action, await targetsOf(resource.id)]
            : [action, resource.id, was, after],
        ),
      );
    };
    const targetsOf = async (jobId: string) => {
      const { target_ids: targetIds } = await use.db
        .selectFrom('jobs')
        .select('target_ids')
        .where('id', '=', jobId)
        .executeTakeFirstOrThrow();
      return targetIds;
    };
    const entries = async () =>
      (await listAuditLog(use.db, use.orgId, { limit: 200 })).entries.filter(
        ({ resource: { type } }) => type === 'billing_entity' || type === 'job',
      );
    return { use, repair };
  }
  const submitted = (groupId: string) => ['job.submit', [groupId]];

  test('an adoption and the name that the entity is given are written down; looking is not', async () => {
    const { use, repair } = await prepare();
    const groupId = await use.aGroup('New name');
    const { id } = use.plant(groupId);
    await use.reconcile();
    const adopted = { provider: name, state: 'provisioned', upstream_id: id };
    const named = { upstream_id: id, name: 'New name' };
    expect(await repair()).toEqual([
      ['billing_entity.adopt', groupId, null, adopted],
      ['billing_entity.rename', groupId, null, named],
    ]);
    expect(await repair()).toEqual([]);

    const other = await use.aGroup('Sales');
    await use.db
      .insertInto('billing_entities')
      .values({ group_id: other, org_id: use.orgId, provider: name })
      .execute();
    use.plant(other);
    const [first] = await repair();
    expect(first).toMatchObject([
      'billing_entity.adopt',
      other,
      { provider: name, state: 'intended' },
      { state: 'provisioned' },
    ]);
  });

  test('an entity that is on record and gone is forgotten in writing, and a job makes another', async () => {
    const { use, repair } = await prepare();
    const groupId = await use.provisioned();
    await use.db.updateTable('groups').set({ billing_enabled: true }).execute();
    const [entity] = use.fake.entities(groupId);
    use.fake.remove(entity!.id);
    const before = { provider: name, state: 'provisioned', upstream_id: entity!.id };
    const after = { provider: name, state: 'intended', upstream_id: null };
    expect(await repair()).toEqual([
      ['billing_entity.forget', groupId, before, after],
      submitted(groupId),
    ]);
  });

  test('a group that was claimed is written down once, with the job that makes its entity', async () => {
    const { use, repair } = await prepare();
    const groupId = await use.aGroup('Sales', true);
    const after = { provider: name, state: 'intended' };
    expect(await repair()).toEqual([
      ['billing_entity.claim', groupId, null, after],
      submitted(groupId),
    ]);
    expect(await repair()).toEqual([]);
  });
});
