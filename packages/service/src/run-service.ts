import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@usher/telemetry';
import closeWithGrace from 'close-with-grace';

/** Faults that the operator mends: their message says how, and a stack would only hide it. */
const EXPECTED = ['ConfigurationError', 'SchemaOutdatedError', 'QueueUnfitError'];
/** Codes of Node and Postgres that mean the same: where to look for each. */
const EXPECTED_CODES: Record<string, string> = {
  EADDRINUSE: 'PORT, WORKER_PORT or HOST',
  EADDRNOTAVAIL: 'HOST',
  EACCES: 'PORT or WORKER_PORT',
  '28P01': 'DATABASE_URL or QUEUE_URL',
  '28000': 'DATABASE_URL or QUEUE_URL',
  '3D000': 'DATABASE_URL or QUEUE_URL',
};
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
      // Not started yet: there is nothing to drain.
      const started = starting.catch((error: unknown) => {
        logger.info({ error }, 'stopped before it had started');
      });
      const running = await Promise.race([started, delay(500)]);
      await running?.drain();
      logger.info('stopped');
    });
    await starting;
  } catch (error) {
    if (stopping.signal.aborted) return;
    process.stderr.write(`${explain(error as NodeJS.ErrnoException)}\n`);
    process.exit(1);
  }
}

function explain(error: NodeJS.ErrnoException): string {
  if (EXPECTED.includes(error.name)) return error.message;
  const variables = EXPECTED_CODES[error.code ?? ''];
  return variables ? `${error.message}. Look at ${variables}.` : (error.stack ?? error.message);
}
