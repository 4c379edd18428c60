import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../test/support/fake-billing/fault.ts';
import { startFakeBilling } from '../../../test/support/fake-billing/start-fake-billing.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import type { BillingProvider, Upstream } from './provider.ts';
import {
  gather,
  longAgo,
  never,
  newGroup,
  type ProviderName,
  providerOf,
  startProvider,
} from './testing/start-provider.ts';

const PROVIDERS: ProviderName[] = ['stripe', 'lago'];

/** How each method fares under a fault of its request; `list` is told by whether it throws. */
const METHODS = ['create', 'rename', 'find'] as const;
const UNAVAILABLE: Fault[] = ['500', '500-after', '503', '429'];
const UNANSWERED: Fault[] = ['reset', 'reset-after', 'wrong-json', 'not-json', 'huge', 'redirect'];
const UNREAD: Fault[] = ['hang', 'hang-after'];

/** Reading is tried thrice, unless the provider named a time. */
const triesOf = (method: (typeof METHODS)[number] | 'list', fault: Fault) =>
  (method === 'find' || method === 'list') && fault !== '429' ? 3 : 1;
const again = (fault: Fault, times: number) => Array.from({ length: times }, () => fault);

function call(
  provider: BillingProvider,
  method: (typeof METHODS)[number],
  { groupId, orgId, key, id }: ReturnType<typeof newGroup> & { id: string },
): Promise<Upstream<unknown>> {
  if (method === 'create') return provider.create({ groupId, orgId, key }, never);
  if (method === 'rename') return provider.rename({ id, groupId }, 'Renamed', never);
  return provider.find(groupId, longAgo, never);
}

describe.each(PROVIDERS)('%s', (name) => {
  /** A provider whose group exists upstream; for `create`, a group that does not. */
  async function prepare(method: (typeof METHODS)[number], options = {}) {
    const { fake, provider } = await startProvider(name, options);
    const group = newGroup();
    const made = method === 'create' ? undefined : await provider.create(group, never);
    const id = made?.kind === 'ok' ? made.value.id : 'none';
    fake.ledger.length = 0;
    return { fake, provider, group: { ...group, id } };
  }

  test('what was made is found, by its group alone', async () => {
    const { fake, provider } = await startProvider(name);
    const group = newGroup();
    expect(await provider.find(group.groupId, longAgo, never)).toEqual({ kind: 'ok', value: null });
    const made = await provider.create(group, never);
    const { groupId, orgId } = group;
    expect(made).toEqual({
      kind: 'ok',
      value: { id: expect.any(String), groupId, orgId, name: null },
    });
    expect(await provider.find(groupId, longAgo, never)).toEqual(made);
    expect(await provider.find(newGroup().groupId, longAgo, never)).toMatchObject({ value: null });
    expect(fake.entities(groupId)).toHaveLength(1);
  });

  test('a name is set, and nothing else changes', async () => {
    const { fake, provider, group } = await prepare('rename');
    const { id, groupId, orgId } = group;
    expect(await provider.rename({ id, groupId }, 'Ünïts & Co', never)).toEqual({
      kind: 'ok',
      value: null,
    });
    expect(fake.entities()).toMatchObject([{ id, groupId, orgId, name: 'Ünïts & Co' }]);
  });

  test('a list has all of ours over many pages, and nobody else’s', async () => {
    const { fake, provider } = await startProvider(name);
    const groupIds = Array.from({ length: 230 }, () => crypto.randomUUID());
    for (const groupId of groupIds) {
      const metadata = { usher_group_id: groupId, usher_org_id: crypto.randomUUID() };
      fake.plant({ provider: name, groupId, metadata });
      fake.plant({ provider: name, groupId: crypto.randomUUID(), metadata: { theirs: 'x' } });
    }
    const listed = await gather(provider.list(never));
    expect(listed).toHaveLength(groupIds.length);
    expect(new Set(listed.map(({ groupId }) => groupId))).toEqual(new Set(groupIds));
    expect(fake.highestInFlight()).toBe(1);
  });

  test('concurrent creations under one key make one', async () => {
    const { fake, provider } = await startProvider(name);
    const group = newGroup();
    const created = await Promise.all(
      Array.from({ length: 20 }, () => provider.create(group, never)),
    );
    expect(created.filter(({ kind }) => kind === 'ok').length).toBeGreaterThan(0);
    expect(created.map(({ kind }) => kind)).not.toContain('rejected');
    expect(fake.entities(group.groupId)).toHaveLength(1);
  });

  test('a creation repeated after its answer was lost is the same entity', async () => {
    const { fake, provider } = await startProvider(name);
    const group = newGroup();
    fake.next('reset-after');
    expect(await provider.create(group, never)).toMatchObject({ kind: 'unanswered' });
    const [entity] = fake.entities(group.groupId);
    expect(await provider.create(group, never)).toMatchObject({ value: { id: entity?.id } });
    expect(fake.entities()).toHaveLength(1);
  });

  describe.each(METHODS)('%s', (method) => {
    test.each(UNAVAILABLE)('is unavailable after %s', async (fault) => {
      const { fake, provider, group } = await prepare(method);
      fake.next(again(fault, triesOf(method, fault)));
      const upstream = await call(provider, method, group);
      expect(upstream).toEqual({
        kind: 'unavailable',
        reason: expect.stringMatching(/\w/),
        ...(fault === '429' && { retryAfterMs: 1_000, untouched: true }),
      });
      expect(fake.ledger).toHaveLength(triesOf(method, fault));
    });

    test.each(UNANSWERED)(
      'is unanswered after %s, and what changes is not sent twice',
      async (fault) => {
        const { fake, provider, group } = await prepare(method);
        fake.next(again(fault, triesOf(method, fault)));
        expect(await call(provider, method, group)).toMatchObject({ kind: 'unanswered' });
        expect(fake.ledger).toHaveLength(triesOf(method, fault));
      },
    );

    test.each(UNREAD)('is unanswered after %s, once its time is up', async (fault) => {
      const { fake, group } = await prepare(method);
      const hasty = providerOf(name, { ...fake, timeoutMs: 200 });
      fake.next(again(fault, triesOf(method, fault)));
      expect(await call(hasty, method, group)).toEqual({
        kind: 'unanswered',
        reason: 'The provider did not answer within 200 ms',
      });
      expect(fake.ledger).toHaveLength(triesOf(method, fault));
    });

    test('is unavailable where nobody listens', async () => {
      const { fake, group } = await prepare(method);
      const gone = await startFakeBilling();
      await gone.close();
      const at = { ...gone, apiKey: fake.apiKey };
      expect(await call(providerOf(name, at), method, group)).toEqual({
        kind: 'unavailable',
        reason: 'The provider cannot be reached (ECONNREFUSED)',
        untouched: true,
      });
    });

    test('is rejected with a wrong key, which no reason quotes', async () => {
      const { fake, group } = await prepare(method);
      const apiKey = name === 'stripe' ? 'sk_test_wrongAndSecret' : 'lago-wrong-and-secret';
      const rejected = await call(providerOf(name, { ...fake, apiKey }), method, group);
      expect(rejected).toMatchObject({ kind: 'rejected', status: 401 });
      expect(JSON.stringify(rejected)).toContain('Invalid key: Bearer [key]');
      expect(JSON.stringify(rejected)).not.toMatch(/secret/i);
    });
  });

  test('a refusal is final, with the words of the provider', async () => {
    const { fake, provider } = await startProvider(name);
    const group = newGroup();
    fake.reject(group.groupId, 402, 'No\r\nbilling\u202E for you');
    expect(await provider.create(group, never)).toMatchObject({
      kind: 'rejected',
      reason: 'No billing for you',
      status: 402,
    });
    expect(fake.entities()).toEqual([]);
  });

  test('a caller that gives up has its answer at once, and its call ends', async () => {
    const { fake, provider } = await startProvider(name);
    const controller = new AbortController();
    fake.next('hang-after');
    const creating = provider.create(newGroup(), controller.signal);
    await waitFor('the effect', () => fake.entities().length === 1);
    controller.abort();
    expect(await creating).toEqual({ kind: 'unanswered', reason: 'The call was aborted' });
    await waitFor('the end of the call', () => fake.inFlight() === 0);
  });

  test('nothing is sent for a caller that gave up before', async () => {
    const { fake, provider } = await startProvider(name);
    const aborted = AbortSignal.abort();
    expect(await provider.create(newGroup(), aborted)).toMatchObject({ kind: 'unavailable' });
    expect(await provider.find('any', longAgo, aborted)).toMatchObject({ kind: 'unavailable' });
    expect(fake.ledger).toEqual([]);
  });

  test.each([...UNAVAILABLE, ...UNANSWERED])('a list that meets %s throws', async (fault) => {
    const { fake, provider } = await startProvider(name);
    fake.next(again(fault, triesOf('list', fault)));
    await expect(gather(provider.list(never))).rejects.toThrow(/cannot be read: \w/);
  });
});
