import type { ErrorCode, ErrorDetail, ExistingResource } from './types.ts';

/** What an answer says is wrong; `unexpected_answer`: it is no answer of Usher's, or a damaged one. */
export type UsherErrorCode = ErrorCode | 'unexpected_answer';

export interface UsherErrorFacts<Code extends string = UsherErrorCode> {
  status: number;
  code: Code;
  requestId: string | undefined;
  details: ErrorDetail[];
  existing: ExistingResource | undefined;
  retryAfterMs: number | undefined;
}

/** Shared by all copies of this package that a program may have loaded. */
const BRAND = Symbol.for('usher.sdk.error');

/** An answer that is an error. Its message is the server's, made to be read by a person. */
export class UsherError<Code extends string = UsherErrorCode> extends Error {
  override name = 'UsherError';
  /** The HTTP status. */
  readonly status: number;
  /** Stable: switch on this. */
  readonly code: Code;
  /** Name it when you ask for help. */
  readonly requestId: string | undefined;
  /** What is wrong with which field: `path` as in `website_ids.0`, '' for the whole body. */
  readonly details: ErrorDetail[];
  /** The resource in the way, for `external_id_in_use`. */
  readonly existing: ExistingResource | undefined;
  /** How long the server asks to wait before another try. */
  readonly retryAfterMs: number | undefined;
  /** How many requests were made. */
  attempts = 1;
  /** An earlier one of them may have taken effect, which this answer may speak of: its own was lost. */
  afterLost = false;

  constructor(message: string, facts: UsherErrorFacts<Code>, options?: ErrorOptions) {
    super(message, options);
    this.status = facts.status;
    this.code = facts.code;
    this.requestId = facts.requestId;
    this.details = facts.details;
    this.existing = facts.existing;
    this.retryAfterMs = facts.retryAfterMs;
  }

  get [BRAND](): 'answer' {
    return 'answer';
  }
}

/** No answer came, or not all of it: whether the request took effect is not known. */
export class UsherConnectionError extends Error {
  override name = 'UsherConnectionError';
  /** How many requests were made. */
  attempts = 1;
  /** The job that an earlier answer told of: it goes on. */
  jobId: string | undefined;
  get [BRAND](): 'connection' {
    return 'connection';
  }
}

/** No answer came in time. */
export class UsherTimeoutError extends UsherConnectionError {
  override name = 'UsherTimeoutError';
}

/**
 * Whether it is an error that Usher answered, of this code if one is named.
 *
 * ```ts
 * if (isUsherError(error, 'external_id_in_use')) console.log(error.existing);
 * ```
 */
export function isUsherError<Code extends UsherErrorCode = UsherErrorCode>(
  error: unknown,
  code?: Code,
): error is UsherError<Code> {
  if (brandOf(error) !== 'answer') return false;
  return code === undefined || (error as UsherError).code === code;
}

/** Whether no answer came: the server is away, the network broke, or the time ran out. */
export const isUsherConnectionError = (error: unknown): error is UsherConnectionError =>
  brandOf(error) === 'connection';

function brandOf(error: unknown): unknown {
  return error instanceof Error ? (error as { [BRAND]?: unknown })[BRAND] : undefined;
}
