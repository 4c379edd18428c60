const DAY_MS = 86_400_000;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** The wait that `Retry-After` asks for, in milliseconds, a day at most; undefined if it is nonsense. */
export function retryAfterMs(
  value: string | string[] | undefined,
  now: number = Date.now(),
): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const wait = HTTP_DATE.test(text)
    ? Date.parse(text) - now
    : /^\d+$/.test(text)
      ? Number(text) * 1_000
      : Number.NaN;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), DAY_MS);
}
