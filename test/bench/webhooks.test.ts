import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { measureBareLoop } from './webhooks/measure-bare-loop.ts';
import { measureDelays } from './webhooks/measure-delays.ts';
import { measureRate } from './webhooks/measure-rate.ts';
import type { Venue } from './webhooks/start-stage.ts';

let redis: TestRedis;
let venue: Venue;
beforeAll(async () => {
  redis = await startRedis();
  venue = { createDatabase: createTestDatabase, redis };
});
afterAll(() => redis.stop());

const SIZE = { endpoints: 10, events: 100, rate: 100, warmUp: 1 };

test('a small round tells what came of every event, and no redirect is followed', async () => {
  const where = { backend: 'postgres', layout: 'own', alone: false } as const;
  const { fates, p95, privateConnections } = await measureDelays(venue, where, SIZE);
  expect(p95).toBeGreaterThan(0);
  expect(privateConnections).toBe(0);
  expect(fates.map(({ events }) => events)).toEqual([60, 10, 10, 10, 10]);
  const [healthy, hangs, refuses, drips, redirects] = fates;
  expect(healthy).toMatchObject({ states: { delivered: 60 }, attempts: { delivered: 60 } });
  for (const fate of [hangs, refuses, drips, redirects]) {
    expect(fate?.states.delivered).toBeUndefined();
    expect(fate?.received).toBeGreaterThan(0);
  }
  expect(refuses?.attempts.refused).toBeGreaterThan(0);
  expect(redirects?.attempts.redirected).toBeGreaterThan(0);
});

test('alone, the healthy endpoints get the same events', async () => {
  const where = { backend: 'redis', layout: 'one', alone: true } as const;
  const { fates } = await measureDelays(venue, where, SIZE);
  expect(fates).toMatchObject([{ behaviour: 'healthy', endpoints: 6, events: 60, received: 60 }]);
});

test('a worker and the bare loop deliver a small backlog', async () => {
  const size = { endpoints: 3, deliveries: 100, warmUp: 6 };
  expect(await measureRate(venue, 'redis', size)).toMatchObject({ deliveries: 100 });
  expect(await measureBareLoop(size)).toMatchObject({ deliveries: 100 });
});
