import type { FastifyReply } from 'fastify';

/** Aborts when the client went away before its answer: nobody waits for it any more. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
