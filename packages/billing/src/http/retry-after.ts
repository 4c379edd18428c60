const HOUR_MS = 3_600_000;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * The wait that an answer asks for, in milliseconds, an hour at most: `Retry-After` in seconds or as
 * an HTTP date (RFC 9110, 10.2.3), or else, with a 429, the seconds of `X-RateLimit-Reset`, as Lago
 * sends it.
 */
export function retryAfterMs(
  status: number,
  headers: Headers,
  now: number = Date.now(),
): number | undefined {
  const value = headers.get('retry-after') ?? (status === 429 && headers.get('x-ratelimit-reset'));
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const wait = HTTP_DATE.test(text)
    ? Date.parse(text) - now
    : /^\d+$/.test(text)
      ? Number(text) * 1_000
      : Number.NaN;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), HOUR_MS);
}
