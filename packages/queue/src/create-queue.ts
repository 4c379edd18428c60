import { randomBytes } from 'node:crypto';
import type { Backend, Producer, Receiver } from './backend.ts';
import type { Lane } from './lanes.ts';
import { onPostgres } from './migrate-queue.ts';
import { postgresBackend } from './postgres-backend.ts';
import { redisBackend } from './redis-backend.ts';

/** What a consumer is handed: a task's id. `redelivered`: some process already had it and fell silent. */
export interface Message {
  taskId: string;
  redelivered: boolean;
}

export interface Consumer {
  /** Take nothing new, and wait for what runs; gives up waiting after the time allowed. */
  close(timeoutMs: number): Promise<void>;
}

export interface Queue {
  /**
   * Hand tasks over. Rejects when the store did not take them in time; they may still arrive.
   * @param together how many of them travel in one message, and are in one process' hand at once; 1
   * unless given.
   */
  send(lane: Lane, taskIds: readonly string[], together?: number): Promise<void>;
  consume(lane: Lane, slots: number, handle: (message: Message) => Promise<void>): Consumer;
  /** False once the store has been wiped, or has been away, since the last `setMarker`. */
  hasMarker(): Promise<boolean>;
  setMarker(): Promise<void>;
  close(timeoutMs: number): Promise<void>;
}

export interface QueueOptions {
  /** `redis://…`, or `postgres://…` for BullMQ's Postgres backend. */
  url: string;
  onError: (error: Error) => void;
}

// A kill is noticed within 6 + 5 s; a message that stalls often is the engine's to judge, not BullMQ's.
const RECEIVER_OPTIONS = {
  lockDuration: 6_000,
  stalledInterval: 5_000,
  maxStalledCount: 1_000,
  drainDelay: 5,
  runRetryDelay: 1_000,
};
const ONCE = { removeOnComplete: true, removeOnFail: true, attempts: 1 };
/** The Postgres backend makes temporary tables for a bulk: a few messages are cheaper one by one. */
const FEW = 3;
const MARKER = 'usher-marker';
const CLOSE_MS = 5_000;

const queueName = (lane: Lane) => `usher-${lane}`;

export function createQueue(options: QueueOptions): Queue {
  const backend = openBackend(options);
  const producers = new Map<string, Producer>();
  const producer = (name: string): Producer => {
    const known = producers.get(name);
    if (known) return known;
    const made = backend.producer(name);
    made.on('error', options.onError);
    producers.set(name, made);
    // One whose first connection was cut remembers it for ever: the next sending makes another.
    made.waitUntilReady().catch((error: Error) => {
      options.onError(error);
      if (producers.get(name) === made) producers.delete(name);
      within(made.close(), CLOSE_MS).catch(options.onError);
    });
    return made;
  };
  const inTime = <T>(name: string, work: (to: Producer) => Promise<T>) =>
    within(work(producer(name)), backend.addTimeoutMs);
  // A store that restarted may have handed out messages whose answer was lost: what was sent before
  // counts as lost, as if it had been wiped.
  const markerId = async () => `${MARKER}-${await backend.incarnation()}`;

  return {
    async send(lane, taskIds, together = 1) {
      if (taskIds.length === 0) return;
      const messages = inGroups(taskIds, together).map((tasks) => ({
        name: 'task',
        data: { task: tasks.join(' ') },
        // Fresh for every sending: an id that is still stored would be swallowed in silence.
        opts: { ...ONCE, jobId: `${tasks[0]}-${randomBytes(4).toString('hex')}` },
      }));
      const few = messages.length <= FEW;
      await inTime<unknown>(queueName(lane), (to) =>
        few
          ? Promise.all(messages.map((each) => to.add(each.name, each.data, each.opts)))
          : to.addBulk(messages),
      );
    },

    consume(lane, slots, handle) {
      let closed = false;
      let timer: NodeJS.Timeout | undefined;
      const open = (): Receiver => {
        const opened = backend.receiver(
          queueName(lane),
          async ({ data, attemptsStarted, stalledCounter }) => {
            const redelivered = attemptsStarted > 1 || stalledCounter > 0;
            const tasks = data.task.split(' ');
            await Promise.all(tasks.map((taskId) => handle({ taskId, redelivered })));
          },
          { ...RECEIVER_OPTIONS, concurrency: slots },
        );
        opened.on('error', options.onError);
        // One whose first connection was cut would consume nothing for ever: another takes its place.
        opened.waitUntilReady().catch((error: Error) => {
          options.onError(error);
          if (closed) return;
          within(opened.close(true), CLOSE_MS).catch(options.onError);
          timer = setTimeout(() => (receiver = open()), RECEIVER_OPTIONS.runRetryDelay);
        });
        return opened;
      };
      let receiver = open();
      return {
        close(timeoutMs) {
          closed = true;
          clearTimeout(timer);
          return within(receiver.close(), timeoutMs).catch(options.onError);
        },
      };
    },

    hasMarker: () =>
      inTime(MARKER, async (to) => (await to.getJob(await markerId())) !== undefined),

    setMarker: () =>
      inTime(MARKER, async (to) => {
        await to.drain();
        const jobId = await markerId();
        await to.add(MARKER, { task: MARKER }, { ...ONCE, jobId });
      }),

    async close(timeoutMs) {
      const closing = Promise.all([...producers.values()].map((each) => each.close())).then(() =>
        backend.close(),
      );
      await within(closing, timeoutMs).catch(options.onError);
    },
  };
}

function inGroups(ids: readonly string[], size: number): string[][] {
  const count = Math.ceil(ids.length / size);
  return Array.from({ length: count }, (_, n) => ids.slice(n * size, (n + 1) * size));
}

function openBackend({ url, onError }: QueueOptions): Backend {
  if (onPostgres(url)) return postgresBackend(url, onError);
  if (/^rediss?:\/\//.test(url)) return redisBackend(url, onError);
  const scheme = url.split(':', 1)[0];
  throw new Error(`The queue's address must start with redis:// or postgres://, not ${scheme}:`);
}

/** The work's result, or a rejection once the time is over (the work itself goes on). */
async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`The queue gave no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
