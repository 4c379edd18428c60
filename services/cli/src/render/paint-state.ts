import { colors } from '../colors.ts';
import type { Paint } from '../print.ts';

const GOOD = new Set(['succeeded', 'sent', 'delivered', 'accepted', 'ok', 'enabled']);
const BAD = new Set(['failed', 'exhausted', 'disabled', 'problem', 'expired', 'revoked']);
const BETWEEN = new Set([
  'partially_failed',
  'canceled',
  'retrying',
  'paused',
  'held',
  'unknown',
  'warning',
]);

/** Green for what went well, red for what did not, yellow for what is worth a look. */
export const paintState: Paint = (text) => {
  const state = text.trim();
  if (GOOD.has(state)) return colors.green(text);
  if (BAD.has(state)) return colors.red(text);
  return BETWEEN.has(state) ? colors.yellow(text) : text;
};
