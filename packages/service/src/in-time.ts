import type { Logger } from '@usher/telemetry';

/** Wait for something to close, but not for ever: what is away must not keep the process. */
export async function inTime(
  what: string,
  work: Promise<unknown>,
  timeoutMs: number,
  logger: Logger,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, 'late');
  });
  try {
    if ((await Promise.race([work, late])) === 'late')
      logger.warn({ what }, 'did not close in time');
  } catch (error) {
    logger.warn({ error, what }, 'did not close cleanly');
  } finally {
    clearTimeout(timer);
  }
}
