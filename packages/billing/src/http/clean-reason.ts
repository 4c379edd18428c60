const LIMIT = 300;
// Controls and line ends could start a line of their own; bidi controls and invisibles deceive.
const breaks = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;
const deceiving = /[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/g;
// Stripe's messages quote parts of a key that it does not know.
const stripeKeys = /\b[srp]k_(?:test|live)_[^\s"',;]*/g;

/** Somebody else's text as one line of at most 300 characters, with `secret` taken out of it. */
export function cleanReason(text: string, secret: string): string {
  const line = text
    .toWellFormed()
    .replace(deceiving, '')
    .replace(breaks, ' ')
    .replaceAll(secret, '[key]')
    .replace(stripeKeys, '[key]')
    .trim();
  return line.length <= LIMIT ? line : `${line.slice(0, LIMIT - 1).toWellFormed()}…`;
}
