import { join } from 'node:path';
import { startProcess } from '@usher/infra';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { findViolations } from '../support/checker.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { settled } from '../support/settled.ts';
import { startSystem, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { percentile } from '../bench/fairness/percentile.ts';
import { statuses, submitEmails } from './submit-emails.ts';

let redis: TestRedis;
let system: System;

beforeAll(async () => {
  redis = await startRedis();
  system = await startSystem({ workers: 2, queueUrl: redis.url, websites: 20 });
});
afterEach(async () => {
  await settled(system);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
});
afterAll(async () => {
  await system.close();
  await redis.stop();
});

const outcomes = async () => {
  const { rows } = await sql<{ count: number }>`select count(*) from outcomes`.execute(system.db);
  return rows[0]?.count ?? 0;
};

/** Milliseconds of accepting so many jobs, one after the other. */
async function acceptance(count: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const began = performance.now();
    expect(statuses(await submitEmails(system, 1))).toEqual([202]);
    times.push(performance.now() - began);
  }
  return times;
}

test('everything runs on Redis, and needs no queue in Postgres', async () => {
  await sql`drop schema bullmq cascade`.execute(system.db);
  expect(statuses(await submitEmails(system, 10))).toEqual([202]);
  await settled(system);
  expect(system.mail.mails).toHaveLength(10);
});

test('while Redis is away jobs are accepted as fast as ever, and run within 5 s of its return', async () => {
  const times: Record<'up' | 'away', number[]> = { up: [], away: [] };
  await acceptance(5);
  for (let round = 0; round < 4; round += 1) {
    await settled(system);
    times.up.push(...(await acceptance(9)));
    await redis.kill();
    times.away.push(...(await acceptance(9)));
    const before = await outcomes();
    await redis.start();
    const back = performance.now();
    await waitFor('work goes on', async () => (await outcomes()) > before);
    expect(performance.now() - back).toBeLessThan(5_000);
  }
  expect(percentile(times.away, 0.5) / percentile(times.up, 0.5)).toBeLessThan(3);
}, 300_000);

test('Redis stopped for longer than its locks last, and let go on: nothing is done twice', async () => {
  await submitEmails(system, 10);
  process.kill(redis.pid(), 'SIGSTOP');
  const began = performance.now();
  await submitEmails(system, 10);
  await waitFor('12 s have passed', () => performance.now() - began > 12_000);
  process.kill(redis.pid(), 'SIGCONT');
});

test('Redis out of memory refuses messages: they wait in Postgres, and run once there is room', async () => {
  await redis.command('CONFIG', 'SET', 'maxmemory', '1');
  await submitEmails(system, 10);
  await redis.command('CONFIG', 'SET', 'maxmemory', '0');
});

test('a worker refuses to start on an eviction policy that loses messages, and names what mends it', async () => {
  const evicting = await startRedis('--maxmemory', '100mb', '--maxmemory-policy', 'volatile-lru');
  const lines: string[] = [];
  const started = startProcess({
    name: 'worker',
    file: join(import.meta.dirname, '../../services/worker/src/main.ts'),
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: system.databaseUrl,
      QUEUE_URL: evicting.url,
      SMTP_URL: system.mail.url,
      WORKER_PORT: '0',
    },
    onLine: (line) => lines.push(line),
    readyLine: () => false,
  });
  await expect(started).rejects.toThrow(/ended \(code 1\)/);
  expect(lines.join('\n')).toMatch(/volatile-lru.*Set it to noeviction/);
  await evicting.stop();
});
