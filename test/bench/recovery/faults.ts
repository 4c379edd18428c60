import type { Postgres } from '@usher/infra';
import type { TestRedis } from '../../support/redis.ts';
import type { System } from '../../support/system.ts';
import { waitFor } from '../../support/wait-for.ts';

export interface Stage {
  system: System;
  postgres: { kill(): Promise<void>; start(): Promise<Postgres> };
  /** Undefined where Postgres is the queue as well. */
  redis: TestRedis | undefined;
}

export interface Fault {
  name: string;
  /** What was promised, in milliseconds; null where it is there for comparison. */
  limitMs: number | null;
  needsRedis: boolean;
  /** Do it while work is under way. Resolves when all has returned that went away. */
  inject(stage: Stage): Promise<void>;
  /** Back to full strength, off the clock. */
  heal(stage: Stage): Promise<void>;
}

/** How long a store stays away: longer than most timeouts' first tries, shorter than a lease. */
const AWAY_MS = 3_000;

async function passed(ms: number): Promise<void> {
  const until = performance.now() + ms;
  await waitFor(`${ms} ms have passed`, () => performance.now() >= until, ms * 2);
}

const nothing = async () => {};

export const FAULTS: readonly Fault[] = [
  {
    name: 'nothing (for comparison)',
    limitMs: null,
    needsRedis: false,
    inject: nothing,
    heal: nothing,
  },
  {
    name: "a worker's death",
    limitMs: 15_000,
    needsRedis: false,
    async inject({ system }) {
      const victim = system.workers.shift();
      if (!victim) throw new Error('no worker is left to kill');
      process.kill(victim.pid, 'SIGKILL');
      await victim.exited;
    },
    heal: async ({ system }) => void (await system.startWorker()),
  },
  {
    name: 'Postgres gone and back',
    limitMs: 5_000,
    needsRedis: false,
    async inject({ postgres }) {
      await postgres.kill();
      await passed(AWAY_MS);
      await postgres.start();
    },
    heal: nothing,
  },
  {
    name: 'Redis killed and back, empty',
    limitMs: 5_000,
    needsRedis: true,
    async inject({ redis }) {
      await redis?.kill();
      await passed(AWAY_MS);
      await redis?.start();
    },
    heal: nothing,
  },
  {
    name: 'Redis paused and let go on',
    limitMs: 5_000,
    needsRedis: true,
    async inject({ redis }) {
      if (!redis) throw new Error('there is no Redis to pause');
      process.kill(redis.pid(), 'SIGSTOP');
      await passed(AWAY_MS);
      process.kill(redis.pid(), 'SIGCONT');
    },
    heal: nothing,
  },
  {
    name: 'Redis flushed',
    limitMs: 5_000,
    needsRedis: true,
    inject: async ({ redis }) => void (await redis?.command('FLUSHALL')),
    heal: nothing,
  },
];
