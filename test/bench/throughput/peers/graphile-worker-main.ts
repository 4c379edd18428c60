import { run } from 'graphile-worker';
import { GRAPHILE_SETTINGS, GRAPHILE_TASK, graphileLogger } from './graphile-worker.ts';
import type { TargetMessage } from './record-target.ts';
import { runConsumer } from './run-consumer.ts';

await runConsumer(GRAPHILE_SETTINGS.concurrentJobs, async ({ databaseUrl, handle }) => {
  const runner = await run({
    preset: {
      worker: { ...GRAPHILE_SETTINGS, connectionString: databaseUrl, logger: graphileLogger },
    },
    noHandleSignals: true,
    taskList: { [GRAPHILE_TASK]: (payload) => handle(payload as TargetMessage) },
  });
  return () => runner.stop();
});
