import { assertQueueSchema, onPostgres, QueueUnfitError } from './migrate-queue.ts';
import { readRedis, redisUnfit } from './redis-backend.ts';

/** How a queue's store is, once it answers. */
export interface QueueFacts {
  store: 'postgres' | 'redis';
  /** Redis' own; undefined for Postgres. */
  version?: string;
  /** Why it may not carry messages, and what mends it; undefined: it may. */
  unfit?: string;
  /** Whether messages outlive a restart of the store. Nothing is lost where they do not. */
  durable: boolean;
}

/** Look at a queue's store, and change nothing. @throws when it cannot be reached. */
export async function inspectQueue(url: string): Promise<QueueFacts> {
  if (!onPostgres(url)) {
    const facts = await readRedis(url);
    const unfit = redisUnfit(facts);
    return {
      store: 'redis',
      version: facts.version,
      durable: facts.appendOnly,
      ...(unfit !== undefined && { unfit }),
    };
  }
  try {
    await assertQueueSchema(url);
    return { store: 'postgres', durable: true };
  } catch (error) {
    if (!(error instanceof QueueUnfitError)) throw error;
    return { store: 'postgres', durable: true, unfit: error.message };
  }
}
