import { assertSchema, waitForDatabase } from '@usher/db';
import { inTime, type Running } from '@usher/service';
import type { AddressInfo } from 'node:net';
import type { Context } from './context.ts';
import { createApp } from './create-app.ts';

/** Of the 30 s that a supervisor waits. */
const REQUESTS_MS = 20_000;

export interface Api extends Running {
  port: number;
}

/**
 * Listen once Postgres answers and the schema fits.
 * @throws {SchemaOutdatedError} when it does not.
 */
export async function startApi(context: Context, signal: AbortSignal): Promise<Api> {
  const { config, db, logger } = context;
  await waitForDatabase(db, {
    signal,
    onWaiting: (error) => logger.warn({ error }, 'waiting for Postgres'),
  });
  await assertSchema(db);
  const app = await createApp(context);
  await app.listen({ host: config.host, port: config.port });
  const { port } = app.server.address() as AddressInfo;
  logger.info({ host: config.host, port }, 'api started');

  return {
    port,
    async drain() {
      // Whoever waits for a job hears 202 now, and whoever watches one goes on elsewhere.
      const waiting = [context.waiters.close(), context.watchers.close()];
      await inTime('waiters and streams', Promise.all(waiting), 2_000, logger);
      await inTime('open requests', app.close(), REQUESTS_MS, logger);
      await inTime('notifications', context.wake.flush(), 1_000, logger);
      await inTime('the database', db.destroy(), 3_000, logger);
    },
  };
}
