import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { meterUnrouted } from './guard-routes.ts';
import { answerFailure, type SendError } from './handle-errors.ts';
import { logRequest } from './log-requests.ts';

/** A URL that cannot be decoded: fastify runs none of our hooks for it, so what they do is done here. */
export async function answerUnroutable(
  context: Context,
  error: FastifyError,
  [request, reply]: [FastifyRequest, FastifyReply],
  send: SendError,
): Promise<void> {
  reply.header('x-request-id', request.id);
  reply.raw.once('finish', () => logRequest(request, reply));
  const failure = await meterUnrouted(context, request, reply).then(
    () => error,
    (refusal: FastifyError) => refusal,
  );
  answerFailure(failure, [request, reply], send);
}
