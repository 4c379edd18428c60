import type { Lane, Queue } from '@usher/queue';

export interface TestQueue extends Queue {
  /** Every message handed over, in order. */
  sent: Array<{ lane: Lane; taskId: string }>;
  /** While true, nothing is taken. */
  refuses: boolean;
  /** As a flushed store is. */
  wipe(): void;
}

/** A queue that only remembers what it was given. */
export function createTestQueue(): TestQueue {
  let marker = true;
  const queue: TestQueue = {
    sent: [],
    refuses: false,
    wipe() {
      marker = false;
      queue.sent = [];
    },
    async send(lane, taskIds) {
      if (queue.refuses) throw new Error('the queue refuses');
      queue.sent.push(...taskIds.map((taskId) => ({ lane, taskId })));
    },
    consume: () => ({ close: async () => undefined }),
    hasMarker: async () => marker,
    async setMarker() {
      marker = true;
    },
    close: async () => undefined,
  };
  return queue;
}
