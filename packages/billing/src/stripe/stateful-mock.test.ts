import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createExpressApp } from 'stripe-stateful-mock';
import { expect, onTestFinished, test } from 'vitest';
import { gather, longAgo, never, newGroup, providerOf } from '../testing/start-provider.ts';

/** Somebody else's Stripe behind a real server, and our provider. */
async function startMock(apiKey = 'sk_test_ofTheMock') {
  const server = createServer(createExpressApp());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const at = { stripeBase: `http://127.0.0.1:${port}`, lagoUrl: 'http://127.0.0.1', apiKey };
  return providerOf('stripe', at);
}

async function listedOf(provider: Awaited<ReturnType<typeof startMock>>, groupId: string) {
  return (await gather(provider.list(never))).filter((entity) => entity.groupId === groupId);
}

test('what was made is found, renamed and listed, and is one', async () => {
  const provider = await startMock();
  const group = newGroup();
  const { groupId, orgId } = group;
  expect(await provider.find(groupId, longAgo, never)).toEqual({ kind: 'ok', value: null });
  const made = await provider.create(group, never);
  expect(made).toMatchObject({ kind: 'ok', value: { groupId, orgId, name: null } });
  const id = made.kind === 'ok' ? made.value.id : '';
  expect(await provider.rename({ id, groupId }, 'A name', never)).toMatchObject({ kind: 'ok' });
  const renamed = { id, groupId, orgId, name: 'A name' };
  expect(await provider.find(groupId, longAgo, never)).toEqual({ kind: 'ok', value: renamed });
  expect(await listedOf(provider, groupId)).toEqual([renamed]);
});

test('a creation repeated under its key is replayed', async () => {
  const provider = await startMock();
  const group = newGroup();
  const first = await provider.create(group, never);
  expect(first).toMatchObject({ kind: 'ok' });
  expect(await provider.create(group, never)).toEqual(first);
  expect(await listedOf(provider, group.groupId)).toHaveLength(1);
});

test('concurrent creations under one key make one', async () => {
  const provider = await startMock();
  const group = newGroup();
  await Promise.all(Array.from({ length: 20 }, () => provider.create(group, never)));
  expect(await listedOf(provider, group.groupId)).toHaveLength(1);
});

test('a key used with other parameters is spent', async () => {
  const provider = await startMock();
  const group = newGroup();
  await provider.create(group, never);
  const other = await provider.create({ ...newGroup(), key: group.key }, never);
  expect(other).toMatchObject({ kind: 'unavailable', keySpent: true });
});

test('refusals are final, and show no key', async () => {
  const gone = { id: 'cus_gone', groupId: 'any' };
  const unknown = await (await startMock()).rename(gone, 'Name', never);
  expect(unknown).toMatchObject({ kind: 'rejected', status: 404, code: 'resource_missing' });
  const wrong = await (await startMock('sk_live_wrongAndSecret')).create(newGroup(), never);
  expect(wrong).toMatchObject({ kind: 'rejected', status: 401 });
  expect(JSON.stringify(wrong)).not.toMatch(/secret|cret/i);
});

test('pages are followed to their end', async () => {
  const provider = await startMock();
  const groups = Array.from({ length: 120 }, newGroup);
  for (const group of groups) await provider.create(group, never);
  const listed = (await gather(provider.list(never))).map(({ groupId }) => groupId);
  expect(listed).toEqual(expect.arrayContaining(groups.map(({ groupId }) => groupId)));
});
