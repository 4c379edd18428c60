import { sql } from 'kysely';
import { startRedis } from '../support/redis.ts';
import type { System } from '../support/system.ts';

/** Where messages travel, and what may happen to them there. */
export interface Store {
  /** Undefined: in the system's own Postgres. */
  queueUrl: string | undefined;
  /** Every message is gone, as after a mistake or a failover. */
  wipe(system: System): Promise<void>;
  close(): Promise<void>;
}

/** Every backend of the queue: what Usher promises, it promises on each. */
export const BACKENDS: ReadonlyArray<{ name: string; open(): Promise<Store> }> = [
  {
    name: 'postgres',
    open: async () => ({
      queueUrl: undefined,
      wipe: async ({ db }) => void (await sql`truncate bullmq.job cascade`.execute(db)),
      close: async () => undefined,
    }),
  },
  {
    name: 'redis',
    async open() {
      const redis = await startRedis();
      return {
        queueUrl: redis.url,
        wipe: async () => void (await redis.command('FLUSHALL')),
        close: () => redis.stop(),
      };
    },
  },
];
