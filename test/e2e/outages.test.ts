import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { findViolations } from '../support/checker.ts';
import { startOwnPostgres, type OwnPostgres } from '../support/own-postgres.ts';
import { settled } from '../support/settled.ts';
import { startSystem, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

let system: System;
let postgres: OwnPostgres | undefined;

afterEach(async () => {
  await system.close();
  postgres = undefined;
});

const submit = (n: number) =>
  system.call('POST', '/api/v1/invites/bulk', {
    body: {
      invite_method: 'email',
      email: `outage-${n}@example.com`,
      website_ids: system.tenant.websiteIds,
    },
    headers: { prefer: 'respond-async' },
  });

test('Postgres goes away and returns: requests hear 503, and what was acknowledged is done without help', async () => {
  postgres = await startOwnPostgres();
  system = await startSystem({ database: postgres, workers: 2 });
  const before = await Promise.all(Array.from({ length: 20 }, (_, n) => submit(n)));
  await postgres.stop();
  const during = await submit(100);
  expect(during.status).toBe(503);
  expect(during.headers.get('retry-after')).not.toBeNull();
  expect(during.body).toEqual({ error: expect.any(String) });
  const ready = await system.call('GET', '/health/ready', { key: null });
  const live = await system.call('GET', '/health/live', { key: null });
  expect([ready.status, live.status]).toEqual([503, 200]);
  await postgres.start();
  await waitFor(
    'it is ready again',
    async () => (await system.call('GET', '/health/ready', { key: null })).status === 200,
  );
  const after = await submit(200);
  expect(new Set([...before, after].map((answer) => answer.status))).toEqual(new Set([202]));
  await settled(system);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
}, 150_000);

test('both processes drain within 30 s of SIGTERM while Postgres is away', async () => {
  postgres = await startOwnPostgres();
  system = await startSystem({ database: postgres });
  await submit(1);
  await postgres.stop();
  const began = performance.now();
  const exits = await Promise.all(
    [...system.apis, ...system.workers].map((part) => {
      process.kill(part.pid, 'SIGTERM');
      return part.exited;
    }),
  );
  expect(performance.now() - began).toBeLessThan(30_000);
  expect(exits.map((exit) => exit.signal)).toEqual([null, null]);
}, 120_000);

test('a SIGTERM under load loses nothing: what runs is finished, what waits is done by the others', async () => {
  system = await startSystem({ apis: 2, workers: 2 });
  const submissions = Promise.all(Array.from({ length: 60 }, (_, n) => submit(n)));
  await waitFor('work has begun', async () => {
    const { rows } = await sql<{ begun: number }>`select count(*) as begun from outcomes`.execute(
      system.db,
    );
    return (rows[0]?.begun ?? 0) > 0;
  });
  const [first] = system.workers;
  const exit = await first?.stop(30_000);
  expect(exit).toEqual({ code: 0, signal: null });
  await submissions;
  await settled(system);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
});

test('the queue is wiped again and again under load: nothing is lost, nothing is done twice', async () => {
  system = await startSystem({ workers: 2 });
  for (let n = 0; n < 100; n += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, at) => submit(n + at)));
    await sql`truncate bullmq.job cascade`.execute(system.db);
  }
  await settled(system);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
  expect(system.mail.mails).toHaveLength(100);
}, 150_000);
