import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { aCall, anOrganization, useBench } from '../testing/use-bench.ts';
import { readWaiting } from './fill-lane.ts';

const bench = useBench();
beforeEach(() => sql`delete from tasks`.execute(bench.db));

test('all organizations that wait are found while a place may be given, and one otherwise', async () => {
  const waiting = new Set<string>();
  for (let n = 0; n < 3; n += 1) {
    const orgId = await anOrganization(bench.db, 1);
    waiting.add(orgId);
    await aCall({ ...bench, orgId });
  }
  const sent = [await aCall(bench), await aCall(bench)];
  await sql`update tasks set sent_at = now() where id = any (${sent}::uuid[])`.execute(bench.db);

  for (const enough of [
    await readWaiting(bench.db, 'email', 2),
    await readWaiting(bench.db, 'email'),
  ]) {
    expect(new Set(enough.map(({ orgId }) => orgId))).toEqual(waiting);
  }
  const full = await readWaiting(bench.db, 'email', 1);
  expect(full).toMatchObject([{ sent: 2, due: true }]);
  await sql`delete from tasks where sent_at is null`.execute(bench.db);
  expect(await readWaiting(bench.db, 'email', 1)).toEqual([]);
});
