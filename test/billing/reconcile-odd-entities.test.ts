import { newId } from '@usher/db';
import { expect, test } from 'vitest';
import { useBillingDatabase } from './use-billing.ts';

const useBilling = useBillingDatabase();

test('several entities of one group are duplicates, and all of them stay', async () => {
  const use = await useBilling('stripe');
  const [known, unknown] = [await use.provisioned(), await use.aGroup('Unknown', true)];
  const ours = use.fake.entities(known)[0]?.id;
  const second = use.plant(known);
  const others = [use.plant(unknown), use.plant(unknown)];
  const { differences } = await use.reconcile(true);
  expect(differences).toMatchObject([
    ...others.toReversed().map(({ id }) => ({
      type: 'duplicate',
      group_id: unknown,
      upstream_id: id,
      detail: 'There are 2 upstream; none of them is ours',
      repaired: false,
    })),
    {
      type: 'duplicate',
      group_id: known,
      upstream_id: second.id,
      detail: `There are 2 upstream; ours is ${ours}`,
      repaired: false,
    },
  ]);
  expect(use.fake.entities()).toHaveLength(4);
  expect(await use.tasks()).toEqual([]);
  expect(await use.record(known)).toMatchObject({ upstream_id: ours });
});

test('an entity that names no group of ours at all is orphaned', async () => {
  const use = await useBilling('stripe');
  use.plant('not a uuid', { org: 'nor this' });
  expect((await use.reconcile(true)).differences).toMatchObject([
    { type: 'orphaned', group_id: 'not a uuid', org_id: 'nor this', repaired: false },
  ]);
});

test('our entity that was given to another group is told of at both, and stays with its own', async () => {
  const use = await useBilling('stripe');
  const [own, other] = [await use.provisioned('Own'), await use.aGroup('Other')];
  const [entity] = use.fake.entities(own);
  if (!entity) throw new Error('nothing was made');
  await use.db
    .insertInto('billing_entities')
    .values({ group_id: other, org_id: use.orgId, provider: 'stripe' })
    .execute();
  entity.groupId = other;
  entity.metadata['usher_group_id'] = other;
  const { differences } = await use.reconcile(true);
  expect(differences).toMatchObject([
    { type: 'orphaned', group_id: other, repaired: false },
    { type: 'mismatched', group_id: own, upstream_id: entity.id, repaired: false },
  ]);
  expect(differences[0]?.detail).toContain('it is on record for another group');
  expect(await use.record(own)).toMatchObject({ state: 'provisioned', upstream_id: entity.id });
});

test('a group whose entity is with another provider is none of this one’s', async () => {
  const use = await useBilling('stripe');
  const groupId = await use.provisioned();
  await use.db.updateTable('billing_entities').set({ provider: 'lago' }).execute();
  use.fake.remove(use.fake.entities(groupId)[0]?.id ?? '');
  expect((await use.reconcile(true)).differences).toEqual([]);
  use.plant(groupId);
  expect((await use.reconcile(true)).differences).toMatchObject([
    { type: 'orphaned', detail: "The group's entity is with lago", repaired: false },
  ]);
});

test('a reconciler that is stopped reads no further', async () => {
  const use = await useBilling('stripe');
  for (let count = 0; count < 101; count += 1) use.plant(newId());
  const stop = new AbortController();
  const stopping = {
    ...use.provider,
    async *list(signal: AbortSignal) {
      for await (const page of use.provider.list(signal)) {
        yield page;
        stop.abort(new Error('stopped by the test'));
      }
    },
  };
  const reconciling = use.reconcile(true, { by: stopping, signal: stop.signal });
  await expect(reconciling).rejects.toThrow(/aborted|stopped by the test/i);
  expect(use.fake.ledger).toHaveLength(1);
});
