import type { PublicError } from '@usher/contracts';
import type { Credential } from '@usher/directory';
import type { FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import type { SendError } from './handle-errors.ts';

/**
 * What a surface decides of every answer under its paths, also where no route of it was reached: its
 * error body, where a caller's key is, and the names of the headers that tell of the rate limit.
 */
export interface Surface {
  errors: {
    /** Their media type. */
    type: string;
    body(error: PublicError, requestId: string): object;
    /** What goes along in headers, beside `retry-after`. */
    headers?(error: PublicError): Record<string, string>;
  };
  keys: {
    /** What callers show, and where: in words, for whoever shows none. */
    name: string;
    place: string;
    /** Undefined: there is none; null: one that cannot be valid. */
    read(
      request: Pick<FastifyRequest, 'headers'>,
      context: Pick<Context, 'accessTokens'>,
    ): Credential | null | undefined;
  };
  rateHeaders: {
    /** Requests in a minute. */
    limit: string;
    remaining: string;
    /** Unix seconds. */
    reset: string;
  };
}

/** Answers errors as this surface does. */
export const sendErrorOf =
  ({ errors }: Surface): SendError =>
  (reply, error) =>
    reply
      .code(error.status)
      .type(errors.type)
      .headers(errors.headers?.(error) ?? {})
      .send(errors.body(error, reply.request.id));

/** Keys as three of the surfaces take them. */
export const API_KEY_HEADER: Surface['keys'] = {
  name: 'API key',
  place: 'in the x-api-key header',
  read({ headers }) {
    const key = headers['x-api-key'];
    return typeof key === 'string' && key !== '' ? key : undefined;
  },
};
