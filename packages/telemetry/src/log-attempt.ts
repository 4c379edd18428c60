import type { Logger } from './create-logger.ts';

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
  reason?: string;
  duration_ms: number;
  error?: unknown;
}

export function logAttempt(logger: Logger, line: AttemptLine): void {
  const level = line.error === undefined ? 'info' : 'warn';
  logger[level](line, 'attempt');
}
