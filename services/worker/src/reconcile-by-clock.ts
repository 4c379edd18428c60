import { setTimeout as delay } from 'node:timers/promises';
import { closedFor, type Engine } from '@usher/jobs';
import { BILLING_GATE, reconcileBilling, whileLeading, type BillingProvider } from '@usher/kinds';
import { logBillingDifferences } from '@usher/telemetry';

const HOUR_MS = 60 * 60_000;
const EARLIEST_MS = 5 * 60_000;

/**
 * Tell the log, every hour, what differs between our groups and the provider; repairs nothing. Of all
 * workers one does it, as long as it lives. Workers that start together ask at different moments.
 */
export function reconcileByClock(options: {
  engine: Engine;
  provider: BillingProvider;
  everyMs?: number;
  firstMs?: number;
}): { close(): void } {
  const { engine, provider, everyMs = HOUR_MS } = options;
  const { firstMs = EARLIEST_MS + Math.random() * (HOUR_MS - EARLIEST_MS) } = options;
  const { db, logger } = engine;
  const stop = new AbortController();
  const { signal } = stop;
  const pause = (ms: number) => delay(ms, undefined, { signal });
  const report = (error: unknown) => {
    if (!signal.aborted) logger.warn({ error }, 'billing could not be reconciled');
  };

  async function reconcile(): Promise<void> {
    // Who asked to be left alone, or cannot be reached, is not read page by page.
    if ((await closedFor(db, BILLING_GATE)) > 0) {
      return logger.info({ gate: BILLING_GATE }, 'billing not reconciled: its gate is closed');
    }
    const began = performance.now();
    const { differences, checked } = await reconcileBilling(engine, provider, {
      repair: false,
      signal,
    });
    const duration_ms = Math.round(performance.now() - began);
    logBillingDifferences(logger, { provider: provider.name, checked, differences, duration_ms });
  }

  async function run(): Promise<void> {
    await pause(firstMs);
    while (!signal.aborted) {
      await whileLeading(db, async (assertLeading) => {
        for (;;) {
          await reconcile().catch(report);
          await pause(everyMs);
          await assertLeading();
        }
      }).catch(report);
      await pause(everyMs);
    }
  }

  run().catch(report);
  return { close: () => stop.abort() };
}
