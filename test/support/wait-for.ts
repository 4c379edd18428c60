import { setTimeout as delay } from 'node:timers/promises';

/** Look until it holds. @throws what was last seen, once the time is over. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 60_000,
): Promise<T> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > until) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(25);
  }
}
