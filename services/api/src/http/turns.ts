import { atMost, type AtMost } from '@usher/jobs';

/** One at a time for each key, first come, first served. */
export type Turns = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;

/**
 * For what takes a lock that is one for a whole organization: whoever waits here holds no connection, of
 * which others would find none left.
 */
export function createTurns(): Turns {
  const queues = new Map<string, { take: AtMost; entered: number }>();
  return async (key, work) => {
    const queue = queues.get(key) ?? { take: atMost(1), entered: 0 };
    queues.set(key, queue);
    queue.entered += 1;
    try {
      return await queue.take(work);
    } finally {
      queue.entered -= 1;
      if (queue.entered === 0) queues.delete(key);
    }
  };
}
