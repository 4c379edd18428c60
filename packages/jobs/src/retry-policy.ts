const CAP_MS = 5 * 60_000;

/**
 * Milliseconds until the next attempt: full jitter, so that what failed together does not return
 * together.
 * @param attempts how many attempts there have been, at least 1.
 */
export function backoff(
  attempts: number,
  baseMs: number,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(CAP_MS, baseMs * 2 ** (attempts - 1));
  return Math.round(random() * ceiling);
}
