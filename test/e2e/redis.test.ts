import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { findViolations } from '../support/checker.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { settled } from '../support/settled.ts';
import { startSystem, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

let redis: TestRedis;
let system: System;
let next = 0;

beforeAll(async () => {
  redis = await startRedis();
  system = await startSystem({ workers: 2, queueUrl: redis.url });
});
afterEach(async () => {
  await settled(system);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
});
afterAll(async () => {
  await system.close();
  await redis.stop();
});

/** Submit so many email jobs at once; the answers' statuses and the slowest's milliseconds. */
async function submit(count: number) {
  const began = performance.now();
  const answers = await Promise.all(
    Array.from({ length: count }, () => {
      next += 1;
      return system.call('POST', '/api/v1/invites/bulk', {
        body: {
          invite_method: 'email',
          email: `redis-${next}@example.com`,
          website_ids: system.tenant.websiteIds,
        },
        headers: { prefer: 'respond-async' },
      });
    }),
  );
  return {
    statuses: new Set(answers.map((answer) => answer.status)),
    ms: performance.now() - began,
  };
}

const outcomes = async () => {
  const { rows } = await sql<{ count: number }>`select count(*) from outcomes`.execute(system.db);
  return rows[0]?.count ?? 0;
};

test('everything runs on Redis, and no queue is in Postgres', async () => {
  expect((await submit(20)).statuses).toEqual(new Set([202]));
  await settled(system);
  const { rows } = await sql<{ jobs: number }>`select count(*) as jobs from bullmq.job`.execute(
    system.db,
  );
  expect(rows[0]?.jobs).toBe(0);
  expect(system.mail.mails).toHaveLength(20);
});

test('a store flushed again and again loses nothing, and nobody has to help', async () => {
  for (let round = 0; round < 4; round += 1) {
    await submit(15);
    await redis.command('FLUSHALL');
  }
});

test('Redis killed: jobs are accepted as ever, and run within 5 s of its return, empty', async () => {
  await redis.kill();
  const { statuses, ms } = await submit(10);
  expect(statuses).toEqual(new Set([202]));
  expect(ms).toBeLessThan(5_000);
  const before = await outcomes();
  await redis.start();
  const back = performance.now();
  await waitFor('work goes on', async () => (await outcomes()) > before);
  expect(performance.now() - back).toBeLessThan(5_000);
});

test('Redis stopped for 12 s, longer than its locks, and let go on: nothing is done twice', async () => {
  await submit(10);
  process.kill(redis.pid(), 'SIGSTOP');
  const began = performance.now();
  await submit(10);
  await waitFor('12 s have passed', () => performance.now() - began > 12_000);
  process.kill(redis.pid(), 'SIGCONT');
});

test('Redis out of memory refuses messages: they wait in Postgres, and run once there is room', async () => {
  await redis.command('CONFIG', 'SET', 'maxmemory', '1');
  await submit(10);
  await redis.command('CONFIG', 'SET', 'maxmemory', '0');
});
