const MINUTE = 60;
/** In units of the retry base (1 s by default): 1, 5, 15 minutes, then hourly. */
const PAUSES = [MINUTE, 5 * MINUTE, 15 * MINUTE];
const HOURLY = 60 * MINUTE;
const GIVE_UP_AFTER = 24 * 60 * MINUTE;

/**
 * Milliseconds until an email's next attempt, or undefined once a day of attempts is over.
 * @param attempts how many there have been, at least 1.
 */
export function nextAttempt(attempts: number, baseMs: number): number | undefined {
  let passed = 0;
  for (let attempt = 1; attempt < attempts; attempt += 1) passed += PAUSES[attempt - 1] ?? HOURLY;
  const pause = PAUSES[attempts - 1] ?? HOURLY;
  return passed + pause > GIVE_UP_AFTER ? undefined : pause * baseMs;
}
