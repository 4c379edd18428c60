import type { z } from 'zod';
import type { ErrorCode } from '../error-codes.ts';

/** What a request may carry in headers, beside its key. */
export type RequestHeader = 'Idempotency-Key' | 'Prefer' | 'If-None-Match' | 'Last-Event-ID';

/** What an answer says in headers, beside the rate limit and the request's id. */
export type AnswerHeader =
  | 'Cache-Control'
  | 'ETag'
  | 'Idempotent-Replayed'
  | 'Location'
  | 'Preference-Applied'
  | 'Retry-After';

export interface Answer {
  description: string;
  /** By media type; none: the body is empty. */
  content?: Record<string, z.ZodType>;
  headers?: AnswerHeader[];
}

/** What a route asks of its caller: a key, unless it is `open`. */
export interface Access {
  /** Nobody need show a key. */
  open?: true;
  /** Keys scoped to websites may not come here. */
  global?: true;
  /** Read-only keys may. */
  reads?: true;
  /** It is free of the rate limit. */
  uncounted?: true;
}

/** One route, as a document tells of it, with the schemas that its requests are validated by. */
export interface Operation {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** A template as OpenAPI writes it, below the surface's base path. */
  path: string;
  operationId: string;
  tag: string;
  summary: string;
  description?: string;
  access: Access;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  headers?: RequestHeader[];
  /** By status. */
  answers: Record<number, Answer>;
  /** What it may refuse with, beside what any route may; see `errorsOf`. */
  errors?: ErrorCode[];
}

/** Whatever is asked, and of whom. */
const ANYWHERE: ErrorCode[] = [
  'request_timeout',
  'headers_too_large',
  'internal_error',
  'unavailable',
];
const WITH_BODY: ErrorCode[] = ['invalid_json', 'too_large', 'unsupported_media_type'];

/** Every error that an operation may answer with. */
export function errorsOf(operation: Operation): ErrorCode[] {
  const { access, method, params, query, headers, errors = [] } = operation;
  const asks = params !== undefined || query !== undefined || headers !== undefined;
  const writes = method !== 'get';
  return [
    ...new Set([
      ...(asks || writes ? (['invalid_request'] as const) : []),
      ...(writes ? WITH_BODY : []),
      ...(access.open ? [] : (['unauthorized'] as const)),
      ...(access.open || (access.reads && !access.global) ? [] : (['forbidden'] as const)),
      ...(params ? (['not_found'] as const) : []),
      ...(headers?.includes('Idempotency-Key') ? (['idempotency_key_reused'] as const) : []),
      ...(access.open || access.uncounted ? [] : (['rate_limited'] as const)),
      ...ANYWHERE,
      ...errors,
    ]),
  ];
}

export const JSON_TYPE = 'application/json';
export const NDJSON_TYPE = 'application/x-ndjson';
export const STREAM_TYPE = 'text/event-stream';

export const json = (schema: z.ZodType) => ({ [JSON_TYPE]: schema });
