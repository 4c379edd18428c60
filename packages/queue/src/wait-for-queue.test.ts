import { expect, test } from 'vitest';
import { createTestDatabase } from '../../../test/support/database.ts';
import { startRedis } from '../../../test/support/redis.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { QueueUnfitError } from './migrate-queue.ts';
import { createQueuePool } from './postgres-backend.ts';
import { waitForQueue } from './wait-for-queue.ts';

const patiently = () => {
  const waited: Error[] = [];
  const { signal } = new AbortController();
  return { waited, options: { signal, onWaiting: (error: Error) => void waited.push(error) } };
};

test('a schema that was migrated fits; one that was dropped names the command that mends it', async () => {
  const database = await createTestDatabase();
  const { options } = patiently();
  await waitForQueue(database.url, options);
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('drop schema bullmq cascade');
  await client.end();
  await expect(waitForQueue(database.url, options)).rejects.toThrow(/Run `usher migrate`/);
  await database.drop();
});

test('a connection that breaks after its pool was ended is reported, and throws nowhere', async () => {
  const database = await createTestDatabase();
  const errors: Error[] = [];
  const pool = createQueuePool(database.url, 1, (error) => errors.push(error));
  const client = await pool.connect();
  client.release();
  const ended = pool.end();
  // What the server says of its own end may come while we say goodbye.
  const terminated = new Error('terminating connection due to administrator command');
  client.emit('error', terminated);
  expect(errors).toContain(terminated);
  await ended;
  await database.drop();
});

test('Redis is refused while its eviction policy may lose messages, and taken with noeviction', async () => {
  const redis = await startRedis('--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru');
  const { options } = patiently();
  await expect(waitForQueue(redis.url, options)).rejects.toThrow(QueueUnfitError);
  await expect(waitForQueue(redis.url, options)).rejects.toThrow(
    /allkeys-lru.*Set it to noeviction/,
  );
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  await waitForQueue(redis.url, options);
  await redis.stop();
});

test('a Redis that is away is waited for', async () => {
  const redis = await startRedis();
  await redis.kill();
  const { waited, options } = patiently();
  const waiting = waitForQueue(redis.url, options);
  await waitFor('it waits', () => waited.length > 0);
  await redis.start();
  await waiting;
  await redis.stop();
});

test('a password that is wrong is not waited for', async () => {
  const redis = await startRedis();
  await redis.command('CONFIG', 'SET', 'requirepass', 'right');
  const { options } = patiently();
  const wrong = redis.url.replace('//', '//:wrong@');
  await expect(waitForQueue(wrong, options)).rejects.toThrow(/WRONGPASS|NOAUTH/);
  await redis.stop();
});
