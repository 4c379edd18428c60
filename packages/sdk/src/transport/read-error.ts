import { UsherError, type UsherErrorCode } from '../errors.ts';
import type { ErrorDetail, ExistingResource } from '../types.ts';
import { readRetryAfter } from './retry-after.ts';

/** Codes of the routes whose errors name none. 409 and 5xx are in `codeOf`. */
const BY_STATUS: Record<number, UsherErrorCode> = {
  400: 'invalid_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  408: 'request_timeout',
  409: 'state_conflict',
  410: 'gone',
  413: 'too_large',
  415: 'unsupported_media_type',
  422: 'idempotency_key_reused',
  429: 'rate_limited',
  431: 'headers_too_large',
  500: 'internal_error',
  502: 'upstream_failed',
  503: 'unavailable',
};

type Fields = Partial<Record<string, unknown>>;

/** What either kind of error body may hold: `application/problem+json`, and Athena's. */
interface ErrorBody {
  code?: UsherErrorCode;
  detail?: string;
  request_id?: string;
  errors?: { pointer: string; message: string }[];
  error?: string;
  details?: ErrorDetail[];
  existing?: ExistingResource;
}

/** The error that an answer stands for; `text` is its body, `cause` why it cannot be anything else. */
export function readError(response: Response, text: string, cause?: unknown): UsherError {
  const { status, headers } = response;
  const body = parse(text);
  const message = body?.detail ?? body?.error;
  // Whatever stands between us and the API has a 502 of its own, and means less by it.
  const code = (body && codeOf(status, body)) ?? 'unexpected_answer';
  const facts = {
    status,
    code,
    requestId: body?.request_id ?? headers.get('x-request-id') ?? undefined,
    details: body?.details ?? body?.errors?.map(toDetail) ?? [],
    existing: body?.existing,
    retryAfterMs: readRetryAfter(headers.get('retry-after')),
  };
  return new UsherError(
    message ?? `HTTP ${status}, with a body that is not Usher's`,
    facts,
    cause === undefined ? undefined : { cause },
  );
}

function codeOf(status: number, body: ErrorBody): UsherErrorCode | undefined {
  if (body.code !== undefined) return body.code;
  return body.existing ? 'external_id_in_use' : BY_STATUS[status];
}

function parse(text: string): ErrorBody | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && isOurs(body) ? body : undefined;
  } catch {
    // An error page of a proxy, which the caller is told of by its status.
    return undefined;
  }
}

/** Gateways answer JSON, too: a problem without a code, or an `error` with a status beside it. */
function isOurs(body: object): body is ErrorBody {
  const { code, detail, error, details, errors, request_id } = body as Fields;
  const fits =
    detail === undefined
      ? typeof error === 'string' && !('status' in body || 'statusCode' in body)
      : typeof detail === 'string' && typeof code === 'string';
  return (
    fits &&
    isTextOrNone(code) &&
    isTextOrNone(request_id) &&
    isListOrNone(details, 'path') &&
    isListOrNone(errors, 'pointer')
  );
}

const isTextOrNone = (value: unknown): boolean => value === undefined || typeof value === 'string';

const isListOrNone = (value: unknown, key: string): boolean =>
  value === undefined ||
  (Array.isArray(value) && value.every((item: Fields | null) => typeof item?.[key] === 'string'));

/** `#/website_ids/0` as `website_ids.0`. */
const toDetail = ({ pointer, message }: { pointer: string; message: string }): ErrorDetail => ({
  path: pointer
    .replace(/^#\/?/, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.'),
  message,
});
