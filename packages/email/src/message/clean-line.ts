// Controls and line ends could start a header or a line of their own.
const breaks = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;
// Bidi controls can make a name read as another, and reach beyond it; the rest is just invisible.
const deceiving = /[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/g;

/** Anybody's text as one harmless line of at most `limit` code points; may come out empty. */
export function cleanLine(text: string, limit = 120): string {
  const line = text.toWellFormed().replace(deceiving, '').replace(breaks, ' ').trim();
  const points = Array.from(line);
  return points.length <= limit ? line : `${points.slice(0, limit - 1).join('')}…`;
}
