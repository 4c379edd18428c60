import { createDatabase, createNotifier, newId } from '@usher/db';
import { createCompanions, createTurnstile, DISPATCH_CHANNEL, type Engine } from '@usher/jobs';
import type { BillingProvider } from '@usher/kinds';
import { createLogger } from '@usher/telemetry';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createTestDatabase } from '../../../test/support/database.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { reconcileByClock } from './reconcile-by-clock.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

type Line = { message: unknown; [field: string]: unknown };

/** An upstream with so many entities of groups that do not exist. */
function anUpstream(count = 0) {
  const upstream = { lists: 0, listing: 0, atOnce: 0 };
  const orphans = Array.from({ length: count }, (_, n) => ({
    id: `cus_${n}`,
    groupId: newId(),
    orgId: newId(),
    name: 'Sales',
  }));
  const never = async () => {
    throw new Error('nothing is to be changed upstream');
  };
  const provider: BillingProvider = {
    name: 'stripe',
    find: never,
    create: never,
    rename: never,
    async *list() {
      upstream.lists += 1;
      upstream.listing += 1;
      upstream.atOnce = Math.max(upstream.atOnce, upstream.listing);
      yield orphans;
      upstream.listing -= 1;
    },
  };
  return { upstream, provider, orphans };
}

/** A worker's schedule, with connections of its own. */
function aWorker(provider: BillingProvider) {
  const db = createDatabase({ url: database.url, application: 'schedule-test', poolSize: 3 });
  const lines: Line[] = [];
  const logger = createLogger({ service: 'test', level: 'silent' });
  for (const level of ['info', 'warn'] as const) {
    logger[level] = (fields: object, message?: unknown) =>
      void lines.push({ level, ...fields, message });
  }
  const engine: Engine = {
    db,
    kinds: {},
    logger,
    progress: createNotifier(db, DISPATCH_CHANNEL, () => undefined),
    wake: createNotifier(db, DISPATCH_CHANNEL, () => undefined),
    retry: { baseMs: 1, attempts: 1 },
    turnstile: createTurnstile(),
    companions: createCompanions(),
    stopping: new AbortController().signal,
    failpoint: () => undefined,
  };
  const schedule = reconcileByClock({ engine, provider, firstMs: 1, everyMs: 20 });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    schedule.close();
    return (stopped ??= db.destroy());
  };
  onTestFinished(stop);
  const rounds = () => lines.filter(({ message }) => message === 'billing reconciled').length;
  return { lines, rounds, stop };
}

test('of several workers one reconciles by the clock, and another takes its place', async () => {
  const { upstream, provider } = anUpstream();
  const workers = [aWorker(provider), aWorker(provider), aWorker(provider)];
  const busy = () => workers.filter((worker) => worker.rounds() > 0);
  await waitFor('some rounds', () => upstream.lists >= 10);
  const [first, ...others] = busy();
  expect(others).toEqual([]);
  // Its connections are let go of at once, the one with the lock too.
  await first?.stop();
  await waitFor('rounds of another', () => busy().length === 2);
  expect(upstream.atOnce).toBe(1);
});

test('a lock whose connection is lost is taken anew', async () => {
  const { provider } = anUpstream();
  const { rounds, lines } = aWorker(provider);
  await waitFor('a round', () => rounds() > 0);
  const other = createDatabase({ url: database.url, application: 'ends-others', poolSize: 1 });
  onTestFinished(() => other.destroy());
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'schedule-test' and datname = current_database()`.execute(other);
  await waitFor('the loss', () =>
    lines.some(({ message }) => message === 'billing could not be reconciled'),
  );
  const before = rounds();
  await waitFor('another round', () => rounds() > before);
});

test('differences are told one a line, a hundred at most, and nothing is repaired', async () => {
  const { provider, orphans } = anUpstream(130);
  const { lines, rounds, stop } = aWorker(provider);
  await waitFor('a round', () => rounds() > 0);
  await stop();
  const end = lines.findIndex(({ message }) => message === 'billing reconciled');
  const told = lines.slice(0, end);
  expect(told).toHaveLength(100);
  expect(told[0]).toEqual({
    level: 'warn',
    provider: 'stripe',
    type: 'orphaned',
    group_id: orphans[0]?.groupId,
    org_id: orphans[0]?.orgId,
    upstream_id: 'cus_0',
    message: 'billing difference',
  });
  expect(lines[end]).toMatchObject({ level: 'warn', groups: 0, entities: 130, differences: 130 });
});

test('an upstream that cannot be read is told of, and asked again', async () => {
  const { upstream, provider } = anUpstream();
  let failures = 0;
  const { lines, rounds } = aWorker({
    ...provider,
    async *list(signal) {
      if (upstream.lists === 0 && failures++ < 2) throw new Error('it cannot be read');
      yield* provider.list(signal);
    },
  });
  await waitFor('a round', () => rounds() > 0);
  const told = lines.filter(({ message }) => message === 'billing could not be reconciled');
  expect(told).toHaveLength(2);
});

test('a provider that asked to be left alone is', async () => {
  const { upstream, provider } = anUpstream();
  const db = createDatabase({ url: database.url, application: 'gate-test', poolSize: 1 });
  onTestFinished(() => db.destroy());
  const inAnHour = new Date(Date.now() + 3_600_000);
  await db
    .insertInto('gates')
    .values({ name: 'billing', cap: 4, closed_until: inAnHour })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ closed_until: inAnHour }))
    .execute();
  const { rounds, lines } = aWorker(provider);
  await waitFor('skipped rounds', () => lines.length >= 3);
  expect(upstream.lists).toBe(0);
  await db.updateTable('gates').set({ closed_until: null }).where('name', '=', 'billing').execute();
  await waitFor('a round', () => rounds() > 0);
});
