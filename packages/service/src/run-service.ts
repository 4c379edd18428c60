import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@usher/telemetry';
import closeWithGrace from 'close-with-grace';

/** Faults that the operator mends: their message says how, and a stack would only hide it. */
const EXPECTED = ['ConfigurationError', 'SchemaOutdatedError', 'QueueSchemaOutdatedError'];
const SUPERVISOR_MS = 30_000;

export interface Running {
  drain(): Promise<void>;
}

/**
 * A service's life: build its context, start, and on SIGTERM, SIGINT or an uncaught error drain and
 * exit, within 30 s. A start that cannot succeed says what to mend and exits 1.
 * @param start its signal aborts when the process should stop before it has started.
 */
export async function runService<Context extends { logger: Logger }>(
  createContext: () => Context,
  start: (context: Context, signal: AbortSignal) => Promise<Running>,
): Promise<void> {
  const stopping = new AbortController();
  try {
    const context = createContext();
    const { logger } = context;
    const starting = start(context, stopping.signal);
    closeWithGrace({ delay: SUPERVISOR_MS - 1_000, logger }, async ({ err }) => {
      if (err) logger.fatal({ error: err }, 'an error that nobody caught');
      logger.info('draining');
      stopping.abort();
      // Still waiting for Postgres: there is nothing to drain.
      const running = await Promise.race([starting, delay(500)]);
      await running?.drain();
      logger.info('stopped');
    });
    await starting;
  } catch (error) {
    if (stopping.signal.aborted) return;
    const known = error instanceof Error && EXPECTED.includes(error.name);
    process.stderr.write(`${known ? error.message : (error as Error).stack}\n`);
    process.exit(1);
  }
}
