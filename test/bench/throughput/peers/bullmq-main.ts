import { Worker } from 'bullmq';
import { BULLMQ_CONCURRENCY, BULLMQ_QUEUE } from './bullmq.ts';
import { runConsumer } from './run-consumer.ts';

await runConsumer(BULLMQ_CONCURRENCY, async ({ redisUrl, handle }) => {
  const worker = new Worker(BULLMQ_QUEUE, (job) => handle(job.data), {
    connection: { url: redisUrl, maxRetriesPerRequest: null },
    concurrency: BULLMQ_CONCURRENCY,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  worker.on('error', (error) => console.error(error));
  worker.on('failed', (_, error) => console.error(error));
  await worker.waitUntilReady();
  return () => worker.close();
});
