import { join } from 'node:path';
import { PgBoss } from 'pg-boss';
import { peer } from './peer.ts';

export const PG_BOSS_QUEUE = 'invite';
/** Big batches in burst, woken by NOTIFY; the jobs of a batch run at once, and end together. */
export const PG_BOSS_SETTINGS = {
  localConcurrency: 4,
  batchSize: 100,
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 0.5,
};
/** Transactions at once in its worker: what the handlers of all batches share. */
export const PG_BOSS_CONNECTIONS = 16;

const CHUNK = 5_000;

export const pgBoss = peer({
  name: 'pg-boss',
  about:
    `insert of ${CHUNK}, 1 worker process, localConcurrency ${PG_BOSS_SETTINGS.localConcurrency}, ` +
    `batchSize ${PG_BOSS_SETTINGS.batchSize}, burst, notify, ${PG_BOSS_CONNECTIONS} transactions at once`,
  consumer: join(import.meta.dirname, 'pg-boss-main.ts'),
  async openProducer({ databaseUrl }) {
    const boss = new PgBoss({ connectionString: databaseUrl, supervise: false, schedule: false });
    boss.on('error', (error) => console.error(error));
    await boss.start();
    await boss.createQueue(PG_BOSS_QUEUE, { notify: true });
    return {
      async add(messages) {
        for (let at = 0; at < messages.length; at += CHUNK) {
          await boss.insert(
            PG_BOSS_QUEUE,
            messages.slice(at, at + CHUNK).map((data) => ({ data })),
          );
        }
      },
      close: () => boss.stop({ graceful: false }),
    };
  },
});
