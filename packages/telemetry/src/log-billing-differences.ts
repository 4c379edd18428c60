import type { Logger } from './create-logger.ts';

/** What a reconciler saw. */
export interface BillingLines {
  provider: string;
  checked: { groups: number; entities: number };
  differences: ReadonlyArray<{
    type: string;
    group_id: string | null;
    org_id: string | null;
    upstream_id: string | null;
  }>;
  duration_ms: number;
}

const MOST_LINES = 100;

/** One line per difference, the first hundred, and one that sums up. Names of groups stay out of logs. */
export function logBillingDifferences(logger: Logger, lines: BillingLines): void {
  const { provider, checked, differences, duration_ms } = lines;
  for (const { type, group_id, org_id, upstream_id } of differences.slice(0, MOST_LINES)) {
    logger.warn({ provider, type, group_id, org_id, upstream_id }, 'billing difference');
  }
  const level = differences.length > 0 ? 'warn' : 'info';
  const counts = { ...checked, differences: differences.length };
  logger[level]({ provider, ...counts, duration_ms }, 'billing reconciled');
}
