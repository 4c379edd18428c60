import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { createGroup } from './create-group.ts';
import { findGroupCredits, setGroupCredits } from './credits.ts';
import { aBillingEntity, anOrganization, unknownId, useDatabase } from './fixtures.ts';

const use = useDatabase();
const NONE = { total: 0, monthly: 0, oneOff: 0, nextResetAt: null };

test('a group whose credits were never set has none, and no reset', async () => {
  const { orgId, groupId } = await aGroup();
  expect(await findGroupCredits(use.db, orgId, groupId)).toEqual(NONE);
  await aBillingEntity(use.db, orgId, groupId);
  expect(await findGroupCredits(use.db, orgId, groupId)).toEqual(NONE);
});

test('credits are set one by one or together, exact to four decimals, and read as they were set', async () => {
  const { orgId, groupId } = await aProvisionedGroup();
  const nextResetAt = expect.any(Date);
  const first = await setGroupCredits(use.db, orgId, groupId, { monthly: 0.1 });
  expect(first).toEqual({ total: 0.1, monthly: 0.1, oneOff: 0, nextResetAt });
  const second = await setGroupCredits(use.db, orgId, groupId, { oneOff: 0.2 });
  expect(second).toEqual({ ...first, total: 0.3, oneOff: 0.2 });
  expect(await findGroupCredits(use.db, orgId, groupId)).toEqual(second);
  const most = { monthly: 1e12, oneOff: 0.0001 };
  const third = await setGroupCredits(use.db, orgId, groupId, most);
  expect(third).toEqual({ ...first, ...most, total: 1_000_000_000_000.0001 });
  const none = await setGroupCredits(use.db, orgId, groupId, { monthly: 0, oneOff: 0 });
  expect(none).toEqual({ ...NONE, nextResetAt: first.nextResetAt });
});

test('amounts set at once are all kept', async () => {
  const { orgId, groupId } = await aProvisionedGroup();
  await Promise.all([
    setGroupCredits(use.db, orgId, groupId, { monthly: 5 }),
    setGroupCredits(use.db, orgId, groupId, { oneOff: 7 }),
  ]);
  expect(await findGroupCredits(use.db, orgId, groupId)).toMatchObject({ monthly: 5, oneOff: 7 });
});

test('the first reset is a month after credits were first set', async () => {
  const { orgId, groupId } = await aProvisionedGroup();
  const { nextResetAt } = await setGroupCredits(use.db, orgId, groupId, { oneOff: 1 });
  const { rows } = await sql<{ days: number }>`
    select extract(epoch from ${nextResetAt}::timestamptz - now())::float8 / 86400 as days`.execute(
    use.db,
  );
  expect(rows[0]!.days).toBeGreaterThan(27.9);
  expect(rows[0]!.days).toBeLessThan(31.1);
});

test.each([
  ['an hour ago', sql`now() - interval '1 hour'`, 1],
  ['this very moment', sql`now()`, 1],
  ['in an hour', sql`now() + interval '1 hour'`, 0],
  ['40 months and a day ago', sql`now() - interval '40 months 1 day'`, 41],
])('where the first reset was %s, the next one is whole months on', async (_, first, months) => {
  const { orgId, groupId } = await aProvisionedGroup();
  await setGroupCredits(use.db, orgId, groupId, { monthly: 5 });
  const { rows } = await sql<{ at: Date }>`
    update credits set next_reset_at = date_trunc('milliseconds', ${first})
    where group_id = ${groupId}
    returning (next_reset_at at time zone 'utc' + make_interval(months => ${months}::int))
      at time zone 'utc' as at`.execute(use.db);
  const read = await findGroupCredits(use.db, orgId, groupId);
  expect(read).toMatchObject({ monthly: 5, nextResetAt: rows[0]!.at });
  const set = await setGroupCredits(use.db, orgId, groupId, { monthly: 6 });
  expect(set).toMatchObject({ monthly: 6, nextResetAt: rows[0]!.at });
});

test('a reset on the 31st is on the last day of shorter months, and on the 31st again', async () => {
  const { orgId, groupId } = await aProvisionedGroup();
  await setGroupCredits(use.db, orgId, groupId, { monthly: 5 });
  await sql`update credits set next_reset_at = '2025-01-31T12:00:00Z'
    where group_id = ${groupId}`.execute(use.db);
  const { nextResetAt } = await findGroupCredits(use.db, orgId, groupId);
  const next = nextResetAt as Date;
  const lastDay = new Date(Date.UTC(next.getUTCFullYear(), next.getUTCMonth() + 1, 0, 12));
  expect(next).toEqual(lastDay);
});

test('credits are set on groups with a billing entity alone', async () => {
  const { orgId, groupId } = await aGroup();
  const set = () => setGroupCredits(use.db, orgId, groupId, { monthly: 5 });
  await expect(set()).rejects.toMatchObject({ code: 'state_conflict' });
  await aBillingEntity(use.db, orgId, groupId, 'intended');
  await expect(set()).rejects.toMatchObject({ code: 'state_conflict' });
  expect(await findGroupCredits(use.db, orgId, groupId)).toEqual(NONE);
});

test("another organization's group and an unknown one are not found", async () => {
  const { orgId } = await anOrganization(use.db);
  const theirs = await aProvisionedGroup();
  const notFound = { code: 'not_found', message: 'Group not found' };
  for (const id of [theirs.groupId, unknownId()]) {
    await expect(findGroupCredits(use.db, orgId, id)).rejects.toMatchObject(notFound);
    const set = setGroupCredits(use.db, orgId, id, { monthly: 5 });
    await expect(set).rejects.toMatchObject(notFound);
  }
  expect(await findGroupCredits(use.db, theirs.orgId, theirs.groupId)).toEqual(NONE);
});

test('a billing entity outlives its group, and credits do not', async () => {
  const { orgId, groupId } = await aProvisionedGroup();
  await setGroupCredits(use.db, orgId, groupId, { monthly: 5 });
  await use.db.deleteFrom('groups').where('id', '=', groupId).execute();
  const kept = (table: 'credits' | 'billing_entities') =>
    use.db.selectFrom(table).select('group_id').where('group_id', '=', groupId).execute();
  expect(await kept('credits')).toEqual([]);
  expect(await kept('billing_entities')).toEqual([{ group_id: groupId }]);
});

async function aGroup() {
  const { orgId, websites } = await anOrganization(use.db, { count: 1 });
  const group = await createGroup(use.db, orgId, { name: 'G', websiteIds: [websites[0]!.id] });
  return { orgId, groupId: group.id };
}

async function aProvisionedGroup() {
  const group = await aGroup();
  await aBillingEntity(use.db, group.orgId, group.groupId);
  return group;
}
