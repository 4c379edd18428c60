import { join } from 'node:path';
import { Queue } from 'bullmq';
import { peer } from './peer.ts';

export const BULLMQ_QUEUE = 'invite';
export const BULLMQ_CONCURRENCY = 16;

const CHUNK = 1_000;

/** What most people build: a BullMQ job on Redis for each target. */
export const usualWay = peer({
  name: 'the usual way (bullmq)',
  about: `addBulk of ${CHUNK}, 1 worker process, concurrency ${BULLMQ_CONCURRENCY}, removeOnComplete`,
  consumer: join(import.meta.dirname, 'bullmq-main.ts'),
  async openProducer({ redisUrl }) {
    const queue = new Queue(BULLMQ_QUEUE, { connection: { url: redisUrl } });
    await queue.waitUntilReady();
    return {
      async add(messages) {
        for (let at = 0; at < messages.length; at += CHUNK) {
          await queue.addBulk(
            messages.slice(at, at + CHUNK).map((data) => ({
              name: 'invite',
              data,
              opts: { removeOnComplete: true, removeOnFail: true },
            })),
          );
        }
      },
      close: () => queue.close(),
    };
  },
});
