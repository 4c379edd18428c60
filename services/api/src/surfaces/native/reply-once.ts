import type { Caller } from '@usher/directory';
import { answerOnce, isKeyKnown, type IdempotencyClaim } from '@usher/jobs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';

/** What it does, and what it comes to: `kept`, where a repeat is answered something else. */
export type Work = Parameters<typeof answerOnce>[2];

/**
 * Do something once for each Idempotency-Key, if there is one, and answer with what it came to.
 * @param collection where the resource in the body is found under its id, for `Location`.
 */
export async function replyOnce(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  work: Work,
  collection?: string,
): Promise<FastifyReply> {
  const answer = await answerOnce(context.db, claimOf(request, caller), work);
  if (answer.replayed) reply.header('idempotent-replayed', 'true');
  if (collection !== undefined) {
    reply.header('location', `/api/v1/${collection}/${(answer.body as { id: string }).id}`);
  }
  return reply.code(answer.status).send(answer.body);
}

/** Whether this request was accepted before: then nothing of it needs to be checked again. */
export async function isRepeat(
  { db }: Context,
  request: FastifyRequest,
  caller: Caller,
): Promise<boolean> {
  const claim = claimOf(request, caller);
  return claim !== undefined && isKeyKnown(db, claim);
}

function claimOf(
  request: FastifyRequest,
  caller: Caller,
): (IdempotencyClaim & { orgId: string }) | undefined {
  const key = readIdempotencyKey(request, caller);
  return key && { ...key, orgId: caller.orgId };
}
