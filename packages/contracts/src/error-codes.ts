/**
 * Every error that a caller can meet, by code. `status` is the HTTP status on surfaces that have no
 * rule of their own; `title` is the RFC 9457 title.
 */
export const ERRORS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  unauthorized: { status: 401, title: 'No valid API key' },
  forbidden: { status: 403, title: 'This key may not do that' },
  not_found: { status: 404, title: 'Not found' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  external_id_in_use: { status: 409, title: 'The external id is in use' },
  state_conflict: { status: 409, title: 'The state forbids it' },
  billing_not_configured: { status: 409, title: 'Billing is not configured' },
  gone: { status: 410, title: 'No longer available' },
  too_large: { status: 413, title: 'The request is too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used with another body' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'Internal error' },
  upstream_failed: { status: 502, title: 'The billing provider failed' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** One thing wrong with one place of a request. `path` as in `website_ids.0`; '' is the whole body. */
export interface ErrorDetail {
  path: string;
  message: string;
}

/**
 * An error meant for the caller: its message is safe to show. Anything else that is thrown answers
 * `internal_error` and goes to the log alone.
 */
export class PublicError extends Error {
  override name = 'PublicError';
  readonly code: ErrorCode;
  readonly details: ErrorDetail[] | undefined;
  /** The resource in the way, for `external_id_in_use`. */
  readonly existing: { type: 'group' | 'website'; id: string; name: string } | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      details?: ErrorDetail[];
      existing?: { type: 'group' | 'website'; id: string; name: string };
      retryAfterSeconds?: number;
    } = {},
  ) {
    super(message);
    this.code = code;
    this.details = more.details;
    this.existing = more.existing;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}
