const JITTER = 0.2;

/**
 * Milliseconds until the next attempt at a delivery, give or take a fifth, so that what failed together
 * does not return together; undefined: there is none.
 * @param attempts how many there have been, at least 1.
 * @param pausesMs between one attempt and the next.
 */
export function nextDelivery(
  attempts: number,
  pausesMs: readonly number[],
  random: () => number = Math.random,
): number | undefined {
  const pause = pausesMs[attempts - 1];
  return pause === undefined ? undefined : Math.round(pause * (1 - JITTER + 2 * JITTER * random()));
}
