/** Milliseconds from now that a `Retry-After` asks for: seconds or a date; undefined where it is neither. */
export function readRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  // Dates begin with the day of the week: engines make one of `1.5` or `-1` too, long ago.
  const at = /^\s*(?:mon|tue|wed|thu|fri|sat|sun)/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
