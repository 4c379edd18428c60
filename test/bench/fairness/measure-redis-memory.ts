import { waitFor } from '../../support/wait-for.ts';
import type { TestRedis } from '../../support/redis.ts';
import type { System } from '../../support/system.ts';
import { createFlooder } from './setting.ts';

/** How often Redis is asked while targets wait; the highest answers count. */
const LOOKS = 60;

export interface RedisUse {
  /** Targets in Postgres, the fewest at any look. */
  waiting: number;
  /** What Redis itself calls `used_memory`, at its highest. */
  bytes: number;
  keys: number;
}

/** What Redis holds while few and while many targets wait in Postgres, with workers at work. */
export async function measureRedisMemory(
  system: System,
  redis: TestRedis,
  size: { jobTargets: number; few: number; many: number },
): Promise<{ few: RedisUse; many: RedisUse }> {
  const { flood } = await createFlooder(system, size.jobTargets);
  await flood.reserve(size.few + size.many + 6 * size.jobTargets);
  const look = async (): Promise<RedisUse> => ({
    waiting: await flood.waiting(),
    bytes: Number(/used_memory:(\d+)/.exec(String(await redis.command('INFO', 'memory')))?.[1]),
    keys: Number(await redis.command('DBSIZE')),
  });
  const watch = async (waiting: number): Promise<RedisUse> => {
    const done = await flood.done();
    await flood.release(waiting + size.jobTargets);
    await waitFor('it is being worked', async () => (await flood.done()) > done);
    const looks: RedisUse[] = [];
    await waitFor('enough was seen', async () => {
      looks.push(await look());
      // What is topped up keeps so many waiting until enough was seen.
      if ((looks.at(-1)?.waiting ?? 0) < waiting + size.jobTargets / 2) {
        await flood.release(size.jobTargets);
      }
      return looks.length >= LOOKS;
    });
    await flood.end();
    return {
      waiting: Math.min(...looks.map((each) => each.waiting)),
      bytes: Math.max(...looks.map((each) => each.bytes)),
      keys: Math.max(...looks.map((each) => each.keys)),
    };
  };
  return { few: await watch(size.few), many: await watch(size.many) };
}
