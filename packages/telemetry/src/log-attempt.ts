import type { Logger } from './create-logger.ts';
import { maskAddresses } from './mask-addresses.ts';

/** What one run of one task came to: one wide line per attempt. */
export interface AttemptLine {
  task_id: string;
  kind?: string;
  job_id?: string | null;
  org_id?: string;
  request_id?: string | null;
  targets?: number;
  attempt?: number;
  suspect?: boolean;
  result: string;
  succeeded?: number;
  failed?: number;
  code?: string;
  /** May be the other side's own words; addresses in it are masked. */
  reason?: string;
  duration_ms: number;
  error?: unknown;
}

export function logAttempt(logger: Logger, line: AttemptLine): void {
  const level = line.error === undefined ? 'info' : 'warn';
  const { reason } = line;
  logger[level](
    reason === undefined ? line : { ...line, reason: maskAddresses(reason) },
    'attempt',
  );
}
