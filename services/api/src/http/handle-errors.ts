import { PublicError } from '@usher/contracts';
import { classifyFailure, sqlState } from '@usher/db';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export type SendError = (reply: FastifyReply, error: PublicError) => FastifyReply;

/** Every failure of these routes goes out in their surface's own shape, and nothing internal in it. */
export function handleErrors(app: FastifyInstance, send: SendError): void {
  app.setErrorHandler((error: FastifyError | PublicError, request, reply) =>
    answerFailure(error, [request, reply], send),
  );
}

export function answerFailure(
  error: FastifyError | PublicError,
  [request, reply]: [FastifyRequest, FastifyReply],
  send: SendError,
): FastifyReply {
  const { bodyLimit } = request.routeOptions;
  const shown = error instanceof PublicError ? error : toPublic(error, bodyLimit);
  if (shown.status >= 500) request.log.error({ error }, 'request failed');
  if (shown.retryAfterSeconds !== undefined) reply.header('retry-after', shown.retryAfterSeconds);
  return send(reply, shown);
}

const MIB = 1_048_576;

/** A statement or a lock that took too long, and a transaction in which nothing was said for too long. */
const TOO_SLOW = new Set(['57014', '55P03', '25P03']);

/** What fastify or the database threw, as something that a caller may read. */
function toPublic(error: FastifyError, bodyLimit: number): PublicError {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new PublicError('too_large', `The body is larger than ${bodyLimit / MIB} MiB`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new PublicError('unsupported_media_type', 'The body must be application/json');
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new PublicError('invalid_json', 'The body is not valid JSON');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new PublicError('invalid_request', 'Content-Length does not fit the body');
    case 'FST_ERR_BAD_URL':
      return new PublicError('invalid_request', 'The path is not valid percent-encoded UTF-8');
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new PublicError('invalid_request', error.message);
  }
  if (TOO_SLOW.has(sqlState(error) ?? '')) {
    return new PublicError('unavailable', 'This takes too long at the moment; try again shortly', {
      retryAfterSeconds: 5,
    });
  }
  if (classifyFailure(error) !== 'counted') {
    return new PublicError('unavailable', 'The database cannot be reached; try again shortly', {
      retryAfterSeconds: 2,
    });
  }
  return new PublicError('internal_error', 'Something went wrong on our side');
}
