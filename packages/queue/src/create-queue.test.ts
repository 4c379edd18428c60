import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase } from '../../../test/support/database.ts';
import { startOwnPostgres } from '../../../test/support/own-postgres.ts';
import { startRedis } from '../../../test/support/redis.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { startCuttingProxy } from '../../../test/support/cutting-proxy.ts';
import { createQueue, type Message, type Queue } from './create-queue.ts';

/** A store, and what a test may do behind the queue's back. */
interface Store {
  url: string;
  /** Messages in it, the marker aside. */
  left(): Promise<number>;
  wipe(): Promise<void>;
  /** As if the process that holds what is active had died long ago. */
  forgetConsumer(): Promise<void>;
  /** Every connection to it breaks, at once. */
  cutConnections(): Promise<void>;
  close(): Promise<void>;
}

async function openPostgres(): Promise<Store> {
  const database = await createTestDatabase();
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  return {
    url: database.url,
    left: async () =>
      (await admin.query(`select id from bullmq.job where queue <> 'usher-marker'`)).rows.length,
    wipe: async () => void (await admin.query('truncate bullmq.job cascade')),
    forgetConsumer: async () =>
      void (await admin.query(`update bullmq.job
        set lock_token = 'dead', locked_until_ms = 0, stalled_marked = true where state = 'active'`)),
    cutConnections: async () =>
      void (await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'usher-queue' and datname = current_database()`)),
    async close() {
      await admin.end();
      await database.drop();
    },
  };
}

async function openRedis(): Promise<Store> {
  const redis = await startRedis();
  const keys = async (pattern: string) => (await redis.command('KEYS', pattern)) as string[];
  return {
    url: redis.url,
    async left() {
      const waiting = await Promise.all(
        (await keys('bull:usher-*:*-*'))
          .filter((key) => !key.startsWith('bull:usher-marker:'))
          .map((key) => redis.command('TYPE', key)),
      );
      return waiting.filter((type) => type === 'hash').length;
    },
    wipe: async () => void (await redis.command('FLUSHALL')),
    async forgetConsumer() {
      for (const lock of await keys('bull:usher-*:lock')) {
        const [, queue, id] = /^bull:(.*?):(.*):lock$/.exec(lock) as unknown as string[];
        await redis.command('DEL', lock);
        await redis.command('SADD', `bull:${queue}:stalled`, id as string);
      }
    },
    cutConnections: async () => {
      await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    },
    close: () => redis.stop(),
  };
}

const errors: Error[] = [];

describe.each([
  { name: 'postgres', open: openPostgres },
  { name: 'redis', open: openRedis },
])('on $name', ({ open }) => {
  let store: Store;
  let queue: Queue;
  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store.close());
  beforeEach(() => {
    queue = createQueue({ url: store.url, onError: (error) => errors.push(error) });
  });
  afterEach(() => queue.close(5_000));

  test('what is sent is delivered once, as new, and leaves nothing behind', async () => {
    const ids = Array.from({ length: 50 }, () => randomUUID());
    const seen: Message[] = [];
    const consumer = queue.consume('bulk', 4, async (message) => void seen.push(message));
    await queue.send('bulk', ids);
    await waitFor('all messages', () => seen.length >= ids.length);
    expect(seen.map((message) => message.taskId).toSorted()).toEqual(ids.toSorted());
    expect(seen.every((message) => !message.redelivered)).toBe(true);
    await consumer.close(5_000);
    await waitFor('an empty store', async () => (await store.left()) === 0);
  });

  test('small tasks share messages, and each of them is delivered once, and again after a silence', async () => {
    const ids = Array.from({ length: 20 }, () => randomUUID());
    await queue.send('interactive', ids, 8);
    expect(await store.left()).toBe(3);
    const seen: Message[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const consumer = queue.consume('interactive', 4, async (message) => {
      seen.push(message);
      if (!message.redelivered && message.taskId === ids[0]) await held;
    });
    await waitFor('all, and only the first message still in hand', async () =>
      seen.length >= ids.length ? (await store.left()) === 1 : false,
    );
    expect(seen.map(({ taskId }) => taskId).toSorted()).toEqual(ids.toSorted());
    await store.forgetConsumer();
    await waitFor('the first message again', () => seen.length >= ids.length + 8);
    const again = seen.slice(ids.length);
    expect(again.map(({ taskId }) => taskId).toSorted()).toEqual(ids.slice(0, 8).toSorted());
    expect(again.every(({ redelivered }) => redelivered)).toBe(true);
    release();
    await consumer.close(5_000);
    await waitFor('an empty store', async () => (await store.left()) === 0);
  });

  test('one task sent again, even before it was taken, is delivered again', async () => {
    const id = randomUUID();
    await queue.send('bulk', [id]);
    await queue.send('bulk', [id]);
    const seen: string[] = [];
    const consumer = queue.consume('bulk', 1, async ({ taskId }) => void seen.push(taskId));
    await waitFor('both', () => seen.length === 2);
    expect(seen).toEqual([id, id]);
    await consumer.close(5_000);
  });

  test('lanes are apart', async () => {
    const seen: string[] = [];
    const email = queue.consume('email', 1, async ({ taskId }) => void seen.push(taskId));
    await queue.send('interactive', [randomUUID()]);
    const mine = randomUUID();
    await queue.send('email', [mine]);
    await waitFor('the email', () => seen.length === 1);
    expect(seen).toEqual([mine]);
    await email.close(5_000);
    await store.wipe();
  });

  test('a message whose consumer fell silent is delivered again, and says so', async () => {
    const seen: Message[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const consumer = queue.consume('billing', 2, async (message) => {
      seen.push(message);
      if (seen.length === 1) await held;
    });
    const id = randomUUID();
    await queue.send('billing', [id]);
    await waitFor('the first delivery', () => seen.length === 1);
    await store.forgetConsumer();
    await waitFor('the second delivery', () => seen.length === 2);
    expect(seen).toEqual([
      { taskId: id, redelivered: false },
      { taskId: id, redelivered: true },
    ]);
    release();
    await consumer.close(5_000);
  });

  test('the marker is there until the store is wiped', async () => {
    expect(await queue.hasMarker()).toBe(false);
    await queue.setMarker();
    await queue.setMarker();
    expect(await queue.hasMarker()).toBe(true);
    await store.wipe();
    expect(await queue.hasMarker()).toBe(false);
  });

  test('closing a consumer waits for what runs, and gives up in time', async () => {
    let finish: () => void = () => undefined;
    let ended = false;
    let begun = false;
    const consumer = queue.consume('bulk', 1, async () => {
      begun = true;
      await new Promise<void>((resolve) => (finish = resolve));
      ended = true;
    });
    await queue.send('bulk', [randomUUID()]);
    await waitFor('it to begin', () => begun);
    const begunAt = performance.now();
    await consumer.close(300);
    expect(performance.now() - begunAt).toBeLessThan(3_000);
    expect(ended).toBe(false);
    const closing = consumer.close(5_000);
    finish();
    await closing;
    expect(ended).toBe(true);
  });

  test('a store that is away at the first sending and the first look serves both once it is there', async () => {
    const proxy = await startCuttingProxy(store.url);
    proxy.setDown(true);
    const far = createQueue({ url: proxy.url, onError: (error) => errors.push(error) });
    const seen: string[] = [];
    const consumer = far.consume('webhook', 1, async ({ taskId }) => void seen.push(taskId));
    try {
      await expect(far.send('webhook', [randomUUID()])).rejects.toThrow();
      await expect(far.hasMarker()).rejects.toThrow();
      proxy.setDown(false);
      const id = randomUUID();
      await waitFor('a queue that takes', async () => {
        try {
          await far.hasMarker();
          await far.send('webhook', [id]);
          return true;
        } catch (error) {
          errors.push(error as Error);
          return false;
        }
      });
      await waitFor('the message', () => seen.includes(id));
    } finally {
      await consumer.close(5_000);
      await far.close(5_000);
      await proxy.close();
    }
  });

  test('connections killed under it end nothing: it goes on by itself', async () => {
    const seen: string[] = [];
    const consumer = queue.consume('email', 2, async ({ taskId }) => void seen.push(taskId));
    const first = randomUUID();
    await queue.send('email', [first]);
    await waitFor('the first', () => seen.includes(first));
    await store.cutConnections();
    const second = randomUUID();
    await waitFor('a queue that takes again', async () => {
      try {
        await queue.send('email', [second]);
        return true;
      } catch (error) {
        errors.push(error as Error);
        return false;
      }
    });
    await waitFor('the second', () => seen.includes(second));
    await consumer.close(5_000);
  });
});

/** Stores that keep what they hold over a restart. */
const RESTARTED = {
  async postgres() {
    const postgres = await startOwnPostgres();
    const restart = async () => {
      await postgres.stop();
      await postgres.start();
    };
    return { url: postgres.url, restart, close: postgres.drop };
  },
  async redis() {
    const redis = await startRedis('--save', '3600 1');
    const restart = async () => {
      await redis.stop({ keepData: true });
      await redis.start();
    };
    return { url: redis.url, restart, close: () => redis.stop() };
  },
};

test.each(['postgres', 'redis'] as const)(
  'a %s that restarted, with all it held, has no marker: answers may have been lost with it',
  async (name) => {
    const store = await RESTARTED[name]();
    const queue = createQueue({ url: store.url, onError: (error) => errors.push(error) });
    try {
      await queue.send('bulk', [randomUUID()]);
      await queue.setMarker();
      expect(await queue.hasMarker()).toBe(true);
      await store.restart();
      // Its connections break first.
      const marked = await waitFor('an answer', async () => {
        try {
          return { is: await queue.hasMarker() };
        } catch (error) {
          errors.push(error as Error);
          return undefined;
        }
      });
      expect(marked.is).toBe(false);
      await queue.setMarker();
      expect(await queue.hasMarker()).toBe(true);
    } finally {
      await queue.close(5_000);
      await store.close();
    }
  },
);

test.each(['postgres', 'redis'])(
  'a %s that never answers is given up in time, sending and closing',
  async (scheme) => {
    const sockets = new Set<Socket>();
    const hole = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', (error) => errors.push(error));
    });
    await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
    const { port } = hole.address() as AddressInfo;
    const nowhere = createQueue({
      url: `${scheme}://127.0.0.1:${port}/0`,
      onError: (error) => errors.push(error),
    });
    const begunAt = performance.now();
    await expect(nowhere.send('bulk', [randomUUID()])).rejects.toThrow();
    await nowhere.close(500);
    expect(performance.now() - begunAt).toBeLessThan(6_000);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => hole.close(resolve));
  },
);

test('an address of another kind is refused, without what it may hide', () => {
  expect(() => createQueue({ url: 'amqp://user:secret@host', onError: () => undefined })).toThrow(
    /^The queue's address must start with redis:\/\/ or postgres:\/\/, not amqp:$/,
  );
});
