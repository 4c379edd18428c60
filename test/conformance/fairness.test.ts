import { describe, expect, test } from 'vitest';
import { measureDelay } from '../bench/fairness/measure-delay.ts';
import { measureRedisMemory } from '../bench/fairness/measure-redis-memory.ts';
import { measureShares, measureStarvation } from '../bench/fairness/measure-shares.ts';
import { createFlooder } from '../bench/fairness/setting.ts';
import { startRedis } from '../support/redis.ts';
import { startSystem } from '../support/system.ts';
import { BACKENDS } from './backends.ts';
import { useBackend } from './use-backend.ts';

// What `npm run bench -- fairness` measures, small, and with room for a machine that does much else:
// served in the order of arrival, each of these would be off by tens.
describe.each(BACKENDS)('on $name', (backend) => {
  const running = useBackend(backend, async () => ({
    workers: 2,
    environment: { LOG_LEVEL: 'warn' },
  }));

  test('a flood of one organization delays the 50 targets of another to a few times an idle system’s', async () => {
    const { system } = running;
    const { flood } = await createFlooder(system, 5_000);
    const backlog = 20_000;
    const delay = await measureDelay({
      system,
      small: system.tenant,
      flood,
      samples: 6,
      repetitions: 3,
      backlog,
    });
    expect(delay.floodP50.median / delay.idleP50.median).toBeLessThan(5);
    expect(delay.leastWaiting).toBeGreaterThan(backlog / 2);
    expect(delay.floodPerSecond).toBeGreaterThan(0);
  }, 120_000);

  test('organizations that wait together are served by their weights', async () => {
    const { ratio } = await measureShares(running.system, { jobTargets: 2_000, backlog: 10_000 });
    expect(ratio).toBeGreaterThan(2);
    expect(ratio).toBeLessThan(4);
  }, 120_000);

  test('of many organizations that flood at once none waits long for progress, and none gets much more', async () => {
    const { longestGapMs, durationMs, leastOverMost } = await measureStarvation(running.system, {
      organizations: 8,
      jobTargets: 600,
      backlog: 1_800,
    });
    expect(longestGapMs).toBeLessThan(durationMs / 2);
    expect(leastOverMost).toBeGreaterThan(0.5);
  }, 120_000);
});

test('what Redis holds does not grow with what waits in Postgres', async () => {
  const redis = await startRedis();
  const system = await startSystem({ queueUrl: redis.url });
  try {
    const { few, many } = await measureRedisMemory(system, redis, {
      jobTargets: 10_000,
      few: 10_000,
      many: 100_000,
    });
    expect(many.waiting).toBeGreaterThan(50_000);
    expect(many.bytes / few.bytes).toBeLessThan(1.5);
    expect(many.keys).toBeLessThan(200);
  } finally {
    await system.close();
    await redis.stop();
  }
}, 300_000);
