import { assertSchema, waitForDatabase } from '@usher/db';
import { ensureGate, runTask, startDispatcher, type Window } from '@usher/jobs';
import { BILLING_GATE } from '@usher/kinds';
import { waitForQueue, type Lane } from '@usher/queue';
import { inTime, type Running } from '@usher/service';
import type { Context } from './context.ts';
import { startHealthServer } from './health-server.ts';
import { startSchedules } from './schedules.ts';

/**
 * How many messages of each lane this process has in hand at once, and how many tasks the lane's queue
 * may hold for it. Small jobs share transactions: while groups of 16 run, the next gather.
 */
const LANES: Record<Lane, { slots: number; window: Window; leaseFirst?: boolean }> = {
  interactive: { slots: 32, window: { messages: 64, together: 8 } },
  bulk: { slots: 4, window: { messages: 16 } },
  billing: { slots: 8, window: { messages: 32 } },
  email: { slots: 6, window: { messages: 64, together: 4 }, leaseFirst: true },
  // They wait for other people's servers: a quarter of them for one organization, however slow its are.
  webhook: { slots: 256, window: { messages: 512, share: 128, together: 32 }, leaseFirst: true },
};
/** Of the 30 s that a supervisor waits: what runs gets most, connections the rest. */
const DRAIN_MS = 22_000;
const CLOSE_MS = 3_000;

export interface Worker extends Running {
  healthPort: number;
}

/**
 * Start consuming and dispatching once Postgres answers and the schema fits.
 * @throws {SchemaOutdatedError | QueueUnfitError} when it does not.
 */
export async function startWorker(context: Context, signal: AbortSignal): Promise<Worker> {
  const { config, db, engine, logger, queue } = context;
  const health = await startHealthServer({
    host: config.host,
    port: config.healthPort,
    ready: async () => {
      await assertSchema(db);
      await queue.hasMarker();
    },
  });
  await waitForDatabase(db, {
    signal,
    onWaiting: (error) => logger.warn({ error }, 'waiting for Postgres'),
  });
  await assertSchema(db);
  await ensureGate(db, BILLING_GATE, config.billingConcurrency);
  await waitForQueue(config.queueUrl, {
    signal,
    onWaiting: (error) => logger.warn({ error }, 'waiting for the queue'),
  });

  const lanes = Object.entries(LANES) as Array<[Lane, (typeof LANES)[Lane]]>;
  const consumers = lanes.map(([lane, { slots, leaseFirst = false }]) =>
    queue.consume(lane, slots, (message) => runTask(engine, message, { leaseFirst })),
  );
  const dispatcher = startDispatcher({
    db,
    queue,
    logger,
    databaseUrl: config.databaseUrl,
    failpoint: engine.failpoint,
    windows: Object.fromEntries(lanes.map(([lane, { window }]) => [lane, window])),
  });
  const schedules = startSchedules(context);
  health.setStarted();
  logger.info({ lanes: LANES, health_port: health.port }, 'worker started');

  return {
    healthPort: health.port,
    // Finish what runs, take nothing new, let go of everything: within 30 s, whatever is away.
    async drain() {
      schedules.close();
      await Promise.all([
        inTime('the dispatcher', dispatcher.close(), CLOSE_MS, logger),
        ...consumers.map((consumer) => consumer.close(DRAIN_MS)),
      ]);
      context.stop();
      await inTime(
        'notifications',
        Promise.all([engine.progress.flush(), engine.wake.flush()]),
        1_000,
        logger,
      );
      await Promise.all([
        queue.close(CLOSE_MS),
        inTime('the mailer', context.mailer.close(), CLOSE_MS, logger),
        inTime('webhooks', context.webhooks.close(), CLOSE_MS, logger),
        inTime('the database', db.destroy(), CLOSE_MS, logger),
        inTime('the health server', health.close(), CLOSE_MS, logger),
      ]);
    },
  };
}
