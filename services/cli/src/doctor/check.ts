export type CheckStatus = 'ok' | 'warning' | 'problem';

/** What was looked at, and how it is. Nothing in it is secret. */
export interface Check {
  check: string;
  status: CheckStatus;
  found: string;
  /** What mends it; null where nothing is to mend. */
  advice: string | null;
}

export const ok = (check: string, found: string): Check => ({
  check,
  status: 'ok',
  found,
  advice: null,
});

/** It works, and may not for long, or not as it should. */
export const warning = (check: string, found: string, advice: string): Check => ({
  check,
  status: 'warning',
  found,
  advice,
});

/** It does not work, or may lose something. */
export const problem = (check: string, found: string, advice: string): Check => ({
  check,
  status: 'problem',
  found,
  advice,
});

/** Why something failed, in few words: Node hides the code of what it could not connect to. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const inner = error.cause;
  if (inner instanceof Error && error.message === 'fetch failed') return reasonOf(inner);
  if (error.name === 'TimeoutError') return 'no answer in time';
  return error.message !== '' ? error.message : (code ?? error.name);
}
