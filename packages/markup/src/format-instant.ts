const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months =
  'January February March April May June July August September October November December'.split(
    ' ',
  );

/** "Tuesday, 3 March 2026 at 14:05 UTC". Spelled out here: Intl's wording changes with its data. */
export function formatInstant(instant: Date): string {
  const day = days[instant.getUTCDay()];
  const month = months[instant.getUTCMonth()];
  const time = instant.toISOString().slice(11, 16);
  return `${day}, ${instant.getUTCDate()} ${month} ${instant.getUTCFullYear()} at ${time} UTC`;
}
