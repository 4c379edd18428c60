import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { createApiKey } from './create-api-key.ts';
import { findCaller, type Rate } from './find-caller.ts';
import { anHourAgo, anOrganization, useDatabase } from './fixtures.ts';
import { pruneRateWindows } from './prune-rate-windows.ts';

const use = useDatabase();
const counting = { countAgainst: { limit: 60 } };

test('a caller is found and counted in one statement', async () => {
  const { orgId } = await anOrganization(use.db, { partner: true });
  const { id, key } = await createApiKey(use.db, { orgId, readOnly: true });
  let statements = 0;
  const counted = use.db.withPlugin({
    transformQuery: ({ node }) => {
      statements += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const found = await findCaller(counted, key, counting);
  expect(statements).toBe(1);
  expect(found?.caller).toEqual({
    orgId,
    orgName: 'Acme',
    partner: true,
    keyId: id,
    scopedTo: null,
    readOnly: true,
  });
  expect(found?.rate).toMatchObject({ limit: 60, used: 1 });
  const { rows } = await sql<{ ahead: number }>`
    select ${found?.rate?.resetAt}::int - extract(epoch from now())::float8 as ahead`.execute(
    use.db,
  );
  expect(rows[0]?.ahead).toBeLessThanOrEqual(60);
  expect((found?.rate?.resetAt ?? 1) % 60).toBe(0);
});

test('concurrent requests of an organization are counted once each, over all its keys', async () => {
  const { orgId } = await anOrganization(use.db);
  const keys = [await createApiKey(use.db, { orgId }), await createApiKey(use.db, { orgId })].map(
    ({ key }) => key,
  );
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => findCaller(use.db, keys[index % 2]!, counting)),
  );
  // The minute may turn in between: then two windows share the fifty.
  const windows = Map.groupBy(
    answers.map((answer) => answer?.rate as Rate),
    (rate) => rate.resetAt,
  );
  for (const rates of windows.values()) {
    const used = rates.map((rate) => rate.used).toSorted((a, b) => a - b);
    expect(used).toEqual(rates.map((_, index) => index + 1));
  }
});

test('unknown and expired keys have no caller and count nothing', async () => {
  const { orgId } = await anOrganization(use.db);
  const { id, key } = await createApiKey(use.db, { orgId });
  await use.db
    .updateTable('api_keys')
    .set({ expires_at: anHourAgo() })
    .where('id', '=', id)
    .execute();
  expect(await findCaller(use.db, key, counting)).toBeNull();
  expect(await findCaller(use.db, `${key}x`, counting)).toBeNull();
  expect(await findCaller(use.db, '', counting)).toBeNull();
  expect(await windowsOf(orgId)).toBe(0);
});

test('without a limit nothing is counted', async () => {
  const { orgId } = await anOrganization(use.db);
  const { key } = await createApiKey(use.db, { orgId });
  expect(await findCaller(use.db, key)).toMatchObject({ caller: { orgId }, rate: null });
  expect(await findCaller(use.db, key, { countAgainst: null })).toMatchObject({ rate: null });
  expect(await windowsOf(orgId)).toBe(0);
});

test('a scoped key whose websites are gone sees nothing, not everything', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const { key } = await createApiKey(use.db, { orgId, websiteIds: [websites[0]!.id] });
  await use.db.deleteFrom('websites').where('id', '=', websites[0]!.id).execute();
  expect((await findCaller(use.db, key))?.caller.scopedTo).toEqual([]);
});

test('pruning forgets past minutes and keeps the current one', async () => {
  const { orgId } = await anOrganization(use.db);
  const { key } = await createApiKey(use.db, { orgId });
  await findCaller(use.db, key, counting);
  await use.db.insertInto('rate_windows').values({ org_id: orgId, minute: 1, used: 5 }).execute();
  expect(await pruneRateWindows(use.db)).toBe(1);
  expect(await windowsOf(orgId)).toBe(1);
});

async function windowsOf(orgId: string): Promise<number> {
  const rows = await use.db
    .selectFrom('rate_windows')
    .select('minute')
    .where('org_id', '=', orgId)
    .execute();
  return rows.length;
}
