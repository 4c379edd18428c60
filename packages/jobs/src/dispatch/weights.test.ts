import { createLogger } from '@usher/telemetry';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { DISPATCH_CHANNEL } from '../engine.ts';
import { createTestQueue, type TestQueue } from '../testing/test-queue.ts';
import { aCall, anOrganization, useBench } from '../testing/use-bench.ts';
import { startDispatcher, type Dispatcher } from './dispatcher.ts';

const WINDOW = 4;
const bench = useBench();
let queue: TestQueue;
let dispatcher: Dispatcher;

beforeEach(async () => {
  queue = createTestQueue();
  await sql`delete from tasks`.execute(bench.db);
});
afterEach(() => dispatcher.close());

/** So many waiting tasks of a new organization. */
async function waiting(count: number, weight: number): Promise<Set<string>> {
  const orgId = await anOrganization(bench.db, weight);
  const ids = new Set<string>();
  for (let n = 0; n < count; n += 1) ids.add(await aCall({ ...bench, orgId }));
  return ids;
}

/** Finish whatever is sent, window by window, until so many were. */
async function serve(count: number): Promise<string[]> {
  dispatcher = startDispatcher({
    db: bench.db,
    queue,
    failpoint: () => undefined,
    windows: { email: { messages: WINDOW } },
    databaseUrl: bench.url,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  for (let sent = WINDOW; sent <= count; sent += WINDOW) {
    await waitFor('the window', () => queue.sent.length >= sent);
    await sql`delete from tasks where sent_at is not null`.execute(bench.db);
    await sql`select pg_notify(${DISPATCH_CHANNEL}, 'email')`.execute(bench.db);
  }
  return queue.sent.slice(0, count).map((each) => each.taskId);
}

test('organizations that wait together are sent in proportion to their weights', async () => {
  const [light, heavy] = [await waiting(40, 1), await waiting(40, 3)];
  const sent = await serve(40);
  const of = (ids: Set<string>) => sent.filter((id) => ids.has(id)).length;
  expect(of(heavy)).toBeGreaterThanOrEqual(29);
  expect(of(heavy)).toBeLessThanOrEqual(31);
  expect(of(light)).toBe(40 - of(heavy));
});

test('a task that is much work is much service', async () => {
  const [large, small] = [await waiting(8, 1), await waiting(8, 1)];
  await sql`update tasks set cost = 100 where id = any (${[...large]}::uuid[])`.execute(bench.db);
  const sent = await serve(12);
  expect(sent.filter((id) => small.has(id))).toHaveLength(8);
});

test('a great weight starves nobody', async () => {
  const [light, heavy] = [await waiting(4, 1), await waiting(60, 20)];
  const sent = await serve(48);
  const places = sent.flatMap((id, place) => (light.has(id) ? [place] : []));
  expect(places.length).toBeGreaterThanOrEqual(2);
  expect(places[0]).toBeLessThan(WINDOW);
  expect(sent.filter((id) => heavy.has(id))).toHaveLength(48 - places.length);
});
