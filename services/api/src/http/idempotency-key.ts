import { PublicError } from '@usher/contracts';
import type { Caller } from '@usher/directory';
import type { IdempotencyClaim } from '@usher/jobs';
import type { FastifyRequest } from 'fastify';

/**
 * The request's `Idempotency-Key`, bare or as a quoted string, for this route. A scoped API key's
 * request is another one than the same words under a key that may do more.
 * @throws {PublicError} `invalid_request` for a key that is empty or too long.
 */
export function readIdempotencyKey(
  request: FastifyRequest,
  caller?: Caller,
): IdempotencyClaim | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const raw = Array.isArray(header) ? header.join(',') : header;
  const key = /^"((?:[^"\\]|\\["\\])*)"$/.exec(raw)?.[1]?.replace(/\\(["\\])/g, '$1') ?? raw;
  if (key.length < 1 || key.length > 255 || !/^[\x20-\x7e]+$/.test(key)) {
    throw new PublicError(
      'invalid_request',
      'Idempotency-Key must have 1 to 255 printable ASCII characters',
    );
  }
  return {
    route: routeOf(request),
    key,
    body: caller?.scopedTo ? [caller.keyId, request.body] : (request.body ?? null),
  };
}

/**
 * The route with what fills its parameters, so that one key on two resources is two requests, and one
 * on two spellings of a path is one. Of all ids only uuids have several spellings.
 */
function routeOf({ method, params, routeOptions }: FastifyRequest): string {
  const filled = params as Record<string, string>;
  const path = (routeOptions.url ?? '').replace(/:(\w+)/g, (_, name: string) =>
    lowerUuid(filled[name] ?? ''),
  );
  return `${method} ${path}`;
}

const lowerUuid = (id: string) => (/^[0-9a-f-]{36}$/i.test(id) ? id.toLowerCase() : id);
