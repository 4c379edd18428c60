import { expect, test } from 'vitest';
import { createBillingProvider } from '../create-billing-provider.ts';
import { gather, longAgo, never, newGroup, startProvider } from '../testing/start-provider.ts';

test('an address works with and without its /api/v1', async () => {
  const { fake } = await startProvider('lago');
  for (const apiUrl of [fake.lagoUrl, `${fake.lagoUrl}/`, fake.stripeBase]) {
    const provider = createBillingProvider({ provider: 'lago', apiUrl, apiKey: fake.apiKey });
    expect(await provider.find('none', longAgo, never)).toEqual({ kind: 'ok', value: null });
  }
});

test('a 404 of something that is no Lago does not say that there is no customer', async () => {
  const { fake } = await startProvider('lago');
  const apiUrl = `${fake.stripeBase}/somewhere`;
  const provider = createBillingProvider({ provider: 'lago', apiUrl, apiKey: fake.apiKey });
  expect(await provider.find('none', longAgo, never)).toMatchObject({
    kind: 'rejected',
    status: 404,
  });
});

test('a repetition, which Lago refuses with 422, finds the customer that is there', async () => {
  const { fake, provider } = await startProvider('lago');
  const group = newGroup();
  const first = await provider.create(group, never);
  expect(await provider.create(group, never)).toEqual(first);
  expect(fake.ledger.map(({ method, status }) => [method, status])).toEqual([
    ['POST', 200],
    ['POST', 422],
    ['GET', 200],
  ]);
});

test('a 422 where there is no customer is final, and says which field is wrong', async () => {
  const { provider } = await startProvider('lago');
  const refused = await provider.create({ ...newGroup(), groupId: '' }, never);
  expect(refused).toMatchObject({
    kind: 'rejected',
    reason: 'Unprocessable Entity: external_id value_is_mandatory',
    status: 422,
  });
});

test('renaming keeps what others wrote there', async () => {
  const { fake, provider } = await startProvider('lago');
  const group = newGroup();
  const made = await provider.create(group, never);
  const [entity] = fake.entities();
  if (made.kind !== 'ok' || !entity) throw new Error('nothing was made');
  entity.metadata['theirs'] = 'kept';
  await provider.rename({ id: made.value.id, groupId: group.groupId }, 'Name', never);
  expect(entity).toMatchObject({ name: 'Name', metadata: { theirs: 'kept' } });
  expect(await gather(provider.list(never))).toMatchObject([{ orgId: group.orgId, name: 'Name' }]);
});
