import { firstIdAt, newId } from '@usher/db';
import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { selectEntries } from './read-audit-log.ts';
import { useDatabase } from './testing/use-events.ts';

const ENTRIES = 10_000;
const EVERY_MS = 10_000;
const PAGE = 50;

const use = useDatabase();
const [orgId, rareKey, rareResource] = [newId(), newId(), newId()];
const began = Date.now() - ENTRIES * EVERY_MS;
const time = (n: number) => new Date(began + n * EVERY_MS).toISOString();

/** One entry every ten seconds; in the older half four of each rare thing. */
beforeAll(async () => {
  const ids = Array.from({ length: ENTRIES }, (_, n) => firstIdAt(new Date(began + n * EVERY_MS)));
  await sql`
    insert into audit_log (id, org_id, api_key_id, action, resource_type, resource_id, after, at)
    select id, ${orgId}, case when number % 1500 = 7 and early then ${rareKey}::uuid end,
      case when rare then 'website.create' else 'job.submit' end,
      case when rare then 'website' else 'job' end,
      case when number % 1500 = 9 and early then ${rareResource}::uuid else gen_random_uuid() end, '{}',
      to_timestamp(${began / 1_000}::float8 + (number - 1) * ${EVERY_MS / 1_000}::float8)
    from unnest(${ids}::uuid[]) with ordinality as given (id, number),
      lateral (select number < ${ENTRIES / 2} as early) as half,
      lateral (select early and number % 1500 = 8 as rare) as one`.execute(use.db);
  await sql`analyze audit_log`.execute(use.db);
});

interface Plan {
  'Node Type': string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

test.each<[string, number, object]>([
  ['nothing', PAGE, {}],
  ['a rare action', 4, { action: 'website.create' }],
  ['a common action', PAGE, { action: 'job.submit' }],
  ['a rare type', 4, { resource_type: 'website' }],
  ['a common type', PAGE, { resource_type: 'job' }],
  ['a resource', 4, { resource_id: rareResource }],
  ['a key', 4, { api_key_id: rareKey }],
  ['an end', PAGE, { to: time(2_000) }],
  ['a beginning', PAGE, { from: time(2_000) }],
  ['a time', PAGE, { from: time(1_000), to: time(2_000) }],
  ['a time in which nothing was done', 0, { from: time(2 * ENTRIES), to: time(3 * ENTRIES) }],
  ['a time and a key', 1, { from: time(1_000), to: time(2_000), api_key_id: rareKey }],
])('filtered by %s, the log is the range of an index, in its order', async (_, count, filter) => {
  const wanted = selectEntries(orgId, filter, null, PAGE);
  expect((await wanted.execute(use.db)).rows).toHaveLength(count);
  const { rows } = await sql<{ 'QUERY PLAN': Array<{ Plan: Plan }> }>`
    explain (analyze, format json) ${wanted}`.execute(use.db);
  const { Plans: [scan] = [] } = rows[0]!['QUERY PLAN'][0]!.Plan;
  expect(scan!['Node Type']).toBe('Index Scan');
  // What was written around the ends of a time, at most.
  expect(scan!['Rows Removed by Filter'] ?? 0).toBeLessThanOrEqual(31);
});
