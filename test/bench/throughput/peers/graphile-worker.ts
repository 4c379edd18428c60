import { join } from 'node:path';
import { Logger, makeWorkerUtils } from 'graphile-worker';
import { peer } from './peer.ts';

export const GRAPHILE_TASK = 'invite';
/** As its own page on performance sets it. */
export const GRAPHILE_SETTINGS = {
  concurrentJobs: 24,
  maxPoolSize: 26,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

/** Only what went wrong: a line for each job would be measured as well. */
export const graphileLogger = new Logger(() => (level, message) => {
  if (level === 'error' || level === 'warning') console.error(`${level}: ${message}`);
});

export const graphileWorker = peer({
  name: 'graphile-worker',
  about:
    `one addJobs call, 1 worker process, concurrentJobs ${GRAPHILE_SETTINGS.concurrentJobs}, ` +
    `localQueue ${GRAPHILE_SETTINGS.localQueue.size}, completeJobBatchDelay 0`,
  consumer: join(import.meta.dirname, 'graphile-worker-main.ts'),
  async openProducer({ databaseUrl }) {
    const utilities = await makeWorkerUtils({
      connectionString: databaseUrl,
      logger: graphileLogger,
    });
    await utilities.migrate();
    return {
      async add(messages) {
        await utilities.addJobs(
          messages.map((payload) => ({ identifier: GRAPHILE_TASK, payload })),
        );
      },
      close: async () => utilities.release(),
    };
  },
});
