import { newId } from '@usher/db';
import { createApiKey } from '@usher/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aBillingEntity } from '../../packages/directory/src/fixtures.ts';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await aBillingEntity(api.db, api.partner.id, provisioned());
  await aBillingEntity(api.db, api.organization.id, api.organization.groupIds[0] as string);
});
afterAll(() => api.close());

const provisioned = () => api.partner.groupIds[0] as string;
const unprovisioned = () => api.partner.groupIds[1] as string;
const NONE = {
  credits: { total: 0, monthly: { balance: 0, next_reset_at: null }, one_off: { balance: 0 } },
};

interface Body {
  credits: typeof NONE.credits;
}

const get = (key: string, groupId: string) =>
  call<Body>(api, 'GET', `/api/v1/credits/group?group_id=${groupId}`, { key });
const put = (key: string, json: unknown) =>
  call<Body>(api, 'PUT', '/api/v1/credits/group', { key, json });

test('a partner sets credits, part by part, and reads them back with the time of the next reset', async () => {
  const { key } = api.partner;
  expect((await get(key, provisioned())).body).toEqual(NONE);
  const first = await put(key, { group_id: provisioned(), monthly: 100.5, color: 'red' });
  expect([first.status, first.body]).toEqual([
    200,
    {
      credits: {
        total: 100.5,
        monthly: { balance: 100.5, next_reset_at: expect.any(Number) },
        one_off: { balance: 0 },
      },
    },
  ]);
  const next = Number(first.body.credits.monthly.next_reset_at);
  expect(next - Date.now()).toBeGreaterThan(27 * 86_400_000);
  expect(next - Date.now()).toBeLessThan(32 * 86_400_000);

  const second = await put(key, { group_id: provisioned().toUpperCase(), one_off: 0.0001 });
  expect(second.body.credits).toEqual({
    total: 100.5001,
    monthly: { balance: 100.5, next_reset_at: next },
    one_off: { balance: 0.0001 },
  });
  const read = await get(key, provisioned());
  expect([read.status, read.body]).toEqual([200, second.body]);
});

test('a group without a billing entity is a 409, and reads as nothing', async () => {
  const { key } = api.partner;
  const { status, body } = await put(key, { group_id: unprovisioned(), monthly: 1 });
  expect([status, body]).toEqual([409, { error: expect.stringContaining('billing entity') }]);
  const read = await get(key, unprovisioned());
  expect([read.status, read.body]).toEqual([200, NONE]);
});

test('credits are set by partners alone, and read by everybody', async () => {
  const { key, groupIds } = api.organization;
  const group_id = groupIds[0] as string;
  const { status, body } = await put(key, { group_id, monthly: 1 });
  expect([status, body]).toEqual([403, { error: expect.stringContaining('partners') }]);
  const read = await get(key, group_id);
  expect([read.status, read.body]).toEqual([200, NONE]);
});

test('a scoped key may not come near credits, and a read-only one may read them', async () => {
  const { id: orgId, scopedKey } = api.partner;
  const { key } = await createApiKey(api.db, { orgId, readOnly: true });
  const change = { group_id: provisioned(), monthly: 1 };
  expect((await get(scopedKey, provisioned())).status).toBe(403);
  expect((await put(scopedKey, change)).status).toBe(403);
  expect((await get(key, provisioned())).status).toBe(200);
  expect((await put(key, change)).status).toBe(403);
});

test('nobody reads or sets credits without a valid key', async () => {
  const answers = [
    await get('', provisioned()),
    await put('usher_nobody', { group_id: provisioned(), monthly: 1 }),
  ];
  for (const { status, body } of answers) {
    expect([status, body]).toEqual([401, { error: expect.stringContaining('API key') }]);
  }
});

test("another organization's group reads exactly like an unknown one", async () => {
  const { key } = api.partner;
  for (const group_id of [api.organization.groupIds[0] as string, newId()]) {
    for (const answer of [await get(key, group_id), await put(key, { group_id, monthly: 1 })]) {
      expect([answer.status, answer.body]).toEqual([404, { error: 'Group not found' }]);
    }
  }
});

test.each<[what: string, change: Record<string, unknown>, path: string]>([
  ['no group', { group_id: undefined }, 'group_id'],
  ['a group id that is no uuid', { group_id: '1' }, 'group_id'],
  ['neither amount', { monthly: undefined }, ''],
  ['a negative amount', { monthly: -1 }, 'monthly'],
  ['an amount as text', { monthly: '1' }, 'monthly'],
  ['null for an amount', { monthly: null }, 'monthly'],
  ['five decimals', { one_off: 0.00001 }, 'one_off'],
  ['a tiny amount', { one_off: 1e-9 }, 'one_off'],
  ['more than 1e12', { one_off: 1e12 + 1 }, 'one_off'],
  ['a huge amount', { one_off: 1e308 }, 'one_off'],
])('%s is a 400 that names the place, and sets nothing', async (_, change, path) => {
  const { key } = api.partner;
  const before = await get(key, provisioned());
  const { status, body } = await put(key, { group_id: provisioned(), monthly: 3, ...change });
  expect(status).toBe(400);
  expect(body).toEqual({
    error: expect.stringContaining('Validation failed'),
    details: [{ path, message: expect.stringMatching(/^(must|is) /) }],
  });
  expect((await get(key, provisioned())).body).toEqual(before.body);
});

test.each(['', '?group_id=', '?group_id=1', '?group_id=a&group_id=b'])(
  'the query "%s" is a 400',
  async (query) => {
    const { key } = api.partner;
    const { status, body } = await call(api, 'GET', `/api/v1/credits/group${query}`, { key });
    expect(status).toBe(400);
    expect(body).toMatchObject({ details: [{ path: 'group_id' }] });
  },
);
