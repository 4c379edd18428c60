import { createBillingProvider } from '@usher/billing';
import type { BillingSettings } from '@usher/config';
import { createNotifier, type Database } from '@usher/db';
import { createCompanions, DISPATCH_CHANNEL } from '@usher/jobs';
import { reconcileBilling, type BillingReport } from '@usher/kinds';
import { createLogger } from '@usher/telemetry';
import type { Kysely } from 'kysely';

/** Compare groups and provider, and repair what can be where that is asked for. */
export async function reconcile(
  db: Kysely<Database>,
  settings: BillingSettings,
  repair: boolean,
): Promise<BillingReport> {
  const provider = createBillingProvider(settings);
  // Standard output is the answer's alone.
  const logger = createLogger({ service: 'cli', level: 'silent' });
  // A dispatcher that is not told looks for itself.
  const wake = createNotifier(db, DISPATCH_CHANNEL, (error) => logger.warn({ error }));
  const engine = { db, logger, wake, companions: createCompanions() };
  try {
    return await reconcileBilling(engine, provider, {
      repair,
      signal: new AbortController().signal,
    });
  } finally {
    await wake.flush();
  }
}
