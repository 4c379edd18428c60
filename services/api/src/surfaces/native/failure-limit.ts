import type { JobBody } from '@usher/contracts';

/** Of a percentage; more are the traces of binary fractions. */
const DECIMALS = 6;

/** How many failed targets cancel a job of so many; undefined: any number is fine. */
export function failureLimit(
  threshold: JobBody['failure_threshold'],
  total: number,
): number | undefined {
  if (threshold === undefined) return undefined;
  if ('count' in threshold) return threshold.count;
  const share = Number(((threshold.percent * total) / 100).toFixed(DECIMALS));
  return Math.max(1, Math.ceil(share));
}
