import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Backend } from './backend.ts';

const RECONNECT_MOST_MS = 2_000;

/** Below this BullMQ does not run. */
const OLDEST = 6.2;

const reconnecting = {
  retryStrategy: (times: number) => Math.min(100 * 2 ** Math.min(times, 10), RECONNECT_MOST_MS),
  // We look at version and policy once, at the start. BullMQ's own look, made when Redis goes away at
  // that moment, would leave its connection unusable for ever.
  skipVersionCheck: true,
};

/** BullMQ on Redis or Valkey. */
export function redisBackend(url: string): Backend {
  // Sending must fail at once while Redis is away; what is refused waits in Postgres.
  const sending = { url, ...reconnecting, enableOfflineQueue: false };
  const receiving = { url, ...reconnecting, maxRetriesPerRequest: null };
  return {
    addTimeoutMs: 1_000,
    producer: (name) => new Queue(name, { connection: sending }),
    receiver: (name, handle, options) =>
      new Worker(name, handle, { ...options, connection: receiving }),
    close: async () => undefined,
  };
}

/**
 * Why this Redis may not carry messages, or undefined where it may.
 * @throws when it cannot be reached.
 */
export async function findRedisUnfit(url: string): Promise<string | undefined> {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 5_000,
  });
  let lost: Error | undefined;
  redis.on('error', (error: Error) => (lost = error));
  try {
    await redis.connect();
    const info = await redis.info();
    const read = (field: string) => new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(info)?.[1];
    const policy = read('maxmemory_policy');
    if (policy !== undefined && policy !== 'noeviction') {
      return `maxmemory-policy is ${policy}: Redis would drop messages when memory is short. Set it to noeviction.`;
    }
    const version = read('redis_version') ?? '';
    return Number.parseFloat(version) < OLDEST
      ? `Redis ${version} is too old: ${OLDEST} or newer is needed.`
      : undefined;
  } catch (error) {
    throw lost ?? error;
  } finally {
    redis.disconnect();
  }
}
