import { PgBoss } from 'pg-boss';
import { PG_BOSS_CONNECTIONS, PG_BOSS_QUEUE, PG_BOSS_SETTINGS } from './pg-boss.ts';
import type { TargetMessage } from './record-target.ts';
import { runConsumer } from './run-consumer.ts';

await runConsumer(PG_BOSS_CONNECTIONS, async ({ databaseUrl, handle }) => {
  const boss = new PgBoss({ connectionString: databaseUrl, useListenNotify: true });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.work<TargetMessage>(PG_BOSS_QUEUE, PG_BOSS_SETTINGS, async (jobs) => {
    await Promise.all(jobs.map((job) => handle(job.data)));
  });
  return () => boss.stop();
});
