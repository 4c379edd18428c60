import { expect, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { longAgo, never, newGroup, startProvider } from '../testing/start-provider.ts';

test('the key is sent, with ids alone', async () => {
  const { fake, provider } = await startProvider('stripe');
  const group = newGroup();
  await provider.create(group, never);
  expect(fake.ledger).toMatchObject([{ key: `usher-${group.key}`, operation: 'create' }]);
  expect(fake.entities()).toMatchObject([
    { metadata: { usher_group_id: group.groupId, usher_org_id: group.orgId }, name: null },
  ]);
});

test.each(['500', '500-after'] as const)(
  'a %s is replayed under its key: the key is spent, and only a new one can succeed',
  async (fault) => {
    const { fake, provider } = await startProvider('stripe');
    const group = newGroup();
    fake.next(fault);
    const first = await provider.create(group, never);
    expect(first).toMatchObject({ kind: 'unavailable' });
    expect(first).not.toHaveProperty('keySpent');
    for (let repeat = 0; repeat < 2; repeat += 1) {
      const again = await provider.create(group, never);
      expect(again).toMatchObject({ kind: 'unavailable', keySpent: true });
    }
    expect(fake.entities()).toHaveLength(fault === '500' ? 0 : 1);
    if (fault === '500-after') return;
    const renewed = await provider.create({ ...group, key: `${group.groupId}-1` }, never);
    expect(renewed).toMatchObject({ kind: 'ok' });
  },
);

test('a key whose first request still runs is not spent: the same key is answered later', async () => {
  const { fake, provider } = await startProvider('stripe');
  const group = newGroup();
  fake.next('held');
  const first = provider.create(group, never);
  await waitFor('the first request', () => fake.inFlight() === 1);
  const second = await provider.create(group, never);
  expect(second).toEqual({
    kind: 'unavailable',
    reason: 'An earlier request under the same key is still running',
  });
  fake.release();
  expect(await provider.create(group, never)).toEqual(await first);
  expect(fake.entities()).toHaveLength(1);
});

test('a key used with other parameters is spent, and quoted to nobody', async () => {
  const { fake, provider } = await startProvider('stripe');
  const group = newGroup();
  await provider.create(group, never);
  const other = await provider.create({ ...newGroup(), key: group.key }, never);
  expect(other).toEqual({
    kind: 'unavailable',
    reason: 'The key was used before, with other parameters',
    keySpent: true,
  });
  expect(fake.entities()).toHaveLength(1);
});

test('an upstream that ignores keys makes two, and a look-up finds one', async () => {
  const { fake, provider } = await startProvider('stripe', { honoursKeys: false });
  const group = newGroup();
  await provider.create(group, never);
  await provider.create(group, never);
  expect(fake.entitiesPerGroup().get(group.groupId)).toBe(2);
  const found = await provider.find(group.groupId, longAgo, never);
  expect(found).toMatchObject({ value: { groupId: group.groupId } });
});

test('a look-up reads every page made since ten minutes before, and none older', async () => {
  const clock = { now: Date.now() - 3_600_000 };
  const { fake, provider } = await startProvider('stripe', { now: () => clock.now });
  const plant = (groupId: string) =>
    fake.plant({ provider: 'stripe', groupId, metadata: { usher_group_id: groupId } });
  const [older, newer] = [crypto.randomUUID(), crypto.randomUUID()];
  plant(older);
  clock.now += 60_000;
  const since = new Date(clock.now + 590_000);
  plant(newer);
  for (let other = 0; other < 205; other += 1) plant(crypto.randomUUID());
  expect(await provider.find(newer, since, never)).toMatchObject({ value: { groupId: newer } });
  expect(await provider.find(older, since, never)).toEqual({ kind: 'ok', value: null });
  expect(fake.ledger).toHaveLength(6);
});

test('a fault on a later page is the answer of the look-up', async () => {
  const { fake, provider } = await startProvider('stripe');
  for (let other = 0; other < 150; other += 1) {
    fake.plant({ provider: 'stripe', groupId: null, metadata: {} });
  }
  fake.next(['held', '429']);
  const finding = provider.find(crypto.randomUUID(), longAgo, never);
  await waitFor('the first page', () => fake.inFlight() === 1);
  fake.release();
  expect(await finding).toMatchObject({ kind: 'unavailable', retryAfterMs: 1_000 });
});

test('a look-up gives up after 200 pages, without an answer', async () => {
  const { fake, provider } = await startProvider('stripe');
  for (let other = 0; other < 20_001; other += 1) {
    fake.plant({ provider: 'stripe', groupId: null, metadata: {} });
  }
  const found = await provider.find(crypto.randomUUID(), longAgo, never);
  expect(found).toMatchObject({
    kind: 'unavailable',
    reason: expect.stringContaining('200 pages'),
  });
  expect(fake.ledger).toHaveLength(200);
});

test('a customer that is gone cannot be renamed', async () => {
  const { provider } = await startProvider('stripe');
  const renamed = await provider.rename({ id: 'cus_gone', groupId: 'any' }, 'Name', never);
  expect(renamed).toEqual({
    kind: 'rejected',
    reason: "No such customer: 'cus_gone'",
    status: 404,
    code: 'resource_missing',
  });
});
