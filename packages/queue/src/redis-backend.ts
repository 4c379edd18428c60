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
export function redisBackend(url: string, onError: (error: Error) => void): Backend {
  // Sending must fail at once while Redis is away; what is refused waits in Postgres.
  const sending = { url, ...reconnecting, enableOfflineQueue: false };
  const receiving = { url, ...reconnecting, maxRetriesPerRequest: null };
  // One process dispatches: the others never connect this one.
  const asking = new Redis(url, { ...reconnecting, lazyConnect: true, maxRetriesPerRequest: 0 });
  asking.on('error', onError);
  return {
    addTimeoutMs: 1_000,
    incarnation: async () => readInfo(await asking.info('server'), 'run_id') ?? '',
    producer: (name) => new Queue(name, { connection: sending }),
    receiver: (name, handle, options) =>
      new Worker(name, handle, { ...options, connection: receiving }),
    close: async () => asking.disconnect(),
  };
}

/** What a Redis says of itself. */
export interface RedisFacts {
  version: string;
  /** What it does when memory is short; undefined: it does not say. */
  policy: string | undefined;
  /** Whether what it holds outlives a restart, but for the last second. */
  appendOnly: boolean;
}

/** @throws when it cannot be reached. */
export async function readRedis(url: string): Promise<RedisFacts> {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 5_000,
    // Whoever takes a connection may say nothing on it.
    commandTimeout: 5_000,
  });
  let lost: Error | undefined;
  redis.on('error', (error: Error) => (lost = error));
  try {
    await redis.connect();
    const info = await redis.info();
    return {
      version: readInfo(info, 'redis_version') ?? '',
      policy: readInfo(info, 'maxmemory_policy'),
      appendOnly: readInfo(info, 'aof_enabled') === '1',
    };
  } catch (error) {
    throw lost ?? error;
  } finally {
    redis.disconnect();
  }
}

/** Why a Redis may not carry messages, or undefined where it may. */
export function redisUnfit({ version, policy }: RedisFacts): string | undefined {
  if (policy !== undefined && policy !== 'noeviction') {
    return `maxmemory-policy is ${policy}: Redis would drop messages when memory is short. Set it to noeviction.`;
  }
  return Number.parseFloat(version) < OLDEST
    ? `Redis ${version} is too old: ${OLDEST} or newer is needed.`
    : undefined;
}

const readInfo = (info: string, field: string) =>
  new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(info)?.[1];
