import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { type FakeBillingOptions, startFakeBilling } from './start-fake-billing.ts';

async function startFake(options: FakeBillingOptions = {}) {
  const fake = await startFakeBilling(options);
  onTestFinished(() => fake.close());
  const create = (groupId: string, key: string, signal?: AbortSignal) =>
    fetch(`${fake.stripeBase}/v1/customers`, {
      method: 'POST',
      headers: { authorization: `Bearer ${fake.apiKey}`, 'idempotency-key': key },
      body: new URLSearchParams({ 'metadata[usher_group_id]': groupId }),
      signal: signal ?? null,
    });
  return { fake, create };
}

test('the highest number of calls in flight is what was open at once', async () => {
  const { fake, create } = await startFake();
  fake.next(['held', 'held', 'held']);
  const calls = ['a', 'b', 'c'].map((group) => create(group, group));
  await waitFor('three calls', () => fake.inFlight() === 3);
  fake.release();
  await Promise.all(calls);
  await waitFor('the end of all', () => fake.inFlight() === 0);
  await create('d', 'd');
  expect(fake.highestInFlight()).toBe(3);
  expect(fake.ledger.map(({ inFlight }) => inFlight)).toEqual([1, 2, 3, 1]);
});

test('a request goes on when its caller has gone, and its answer is kept under the key', async () => {
  const { fake, create } = await startFake();
  fake.next('held');
  const caller = new AbortController();
  const gone = create('group', 'key', caller.signal);
  await waitFor('the call', () => fake.inFlight() === 1);
  caller.abort();
  await expect(gone).rejects.toThrow();
  await waitFor('the end of the call', () => fake.inFlight() === 0);
  expect((await create('group', 'key')).status).toBe(409);
  fake.release();
  await waitFor('the effect', () => fake.entities('group').length === 1);
  const replay = await create('group', 'key');
  expect([replay.status, replay.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  expect(fake.entitiesPerGroup()).toEqual(new Map([['group', 1]]));
});

test('the same seed draws the same faults, and healing ends them', async () => {
  const statuses: number[][] = [];
  const run = async () => {
    const { fake, create } = await startFake({ seed: 7, chances: { '503': 0.3, '429': 0.3 } });
    const call = async () => (await create('group', crypto.randomUUID())).status;
    const drawn: number[] = [];
    for (let calls = 0; calls < 40; calls += 1) drawn.push(await call());
    statuses.push(drawn);
    fake.next('500');
    fake.heal();
    for (let calls = 0; calls < 10; calls += 1) expect(await call()).toBe(200);
  };
  await run();
  await run();
  expect(new Set(statuses[0])).toEqual(new Set([503, 429, 200]));
  expect(statuses[1]).toEqual(statuses[0]);
});
