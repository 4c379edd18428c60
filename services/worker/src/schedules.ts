import { pruneRateWindows } from '@usher/directory';
import { pruneIdempotencyKeys } from '@usher/jobs';
import type { Context } from './context.ts';

const HOUR_MS = 60 * 60_000;

/** Housekeeping, in every worker: harmless when several do it at once. */
export function startSchedules({ db, logger }: Context): { close(): void } {
  const tidy = async () => {
    await pruneRateWindows(db);
    await pruneIdempotencyKeys(db);
  };
  const run = () => {
    tidy().catch((error: unknown) => logger.warn({ error }, 'housekeeping failed'));
  };
  run();
  const timer = setInterval(run, HOUR_MS);
  return { close: () => clearInterval(timer) };
}
