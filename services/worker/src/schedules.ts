import { createBillingProvider } from '@usher/billing';
import { pruneRateWindows } from '@usher/directory';
import { pruneEvents } from '@usher/events';
import { pruneIdempotencyKeys } from '@usher/jobs';
import type { Context } from './context.ts';
import { reconcileByClock } from './reconcile-by-clock.ts';

const HOUR_MS = 60 * 60_000;

/** Housekeeping, in every worker: harmless when several do it at once. And the hourly reconciler. */
export function startSchedules({ config, db, engine, logger }: Context): { close(): void } {
  const tidy = async () => {
    await pruneRateWindows(db);
    await pruneIdempotencyKeys(db);
    await pruneEvents(db);
  };
  const run = () => {
    tidy().catch((error: unknown) => logger.warn({ error }, 'housekeeping failed'));
  };
  run();
  const timer = setInterval(run, HOUR_MS);
  const provider = config.billing && createBillingProvider(config.billing);
  const reconciler = provider && reconcileByClock({ engine, provider });
  return {
    close() {
      clearInterval(timer);
      reconciler?.close();
    },
  };
}
