import { availableParallelism, loadavg } from 'node:os';

/** Waiting processes for each core that a trial alone may well have. */
const OWN = 4;

/** By how much times must be stretched on a machine that does other work too; at least 1. */
export function measureStretch(): number {
  const [lastMinute = 0] = loadavg();
  return Math.max(1, lastMinute / availableParallelism() / OWN);
}
