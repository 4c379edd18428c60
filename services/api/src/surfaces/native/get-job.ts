import { createHash } from 'node:crypto';
import { getJobQuery, PublicError, idParams } from '@usher/contracts';
import { requireJob } from '@usher/jobs';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Caller } from '@usher/directory';
import type { Context } from '../../context.ts';
import { clientGone } from '../../http/client-gone.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { viewerOf } from './viewer.ts';

/** `GET /api/v1/jobs/{id}`: the job; `?wait=N` answers as soon as it is finished. */
export function getJob(app: FastifyInstance, context: Context): void {
  app.get('/jobs/:id', requires({ counted: false, reads: true }), async (request, reply) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    const { wait = 0 } = validate(getJobQuery, request.query);
    request.jobId = id;
    let job = await requireJob(context.db, viewerOf(caller), id);
    if (wait > 0 && job.finished_at === null) {
      await waitHeld(context, caller, reply, { jobId: id, ms: wait * 1_000 });
      job = await context.fewAtOnce(() => requireJob(context.db, viewerOf(caller), id));
    }
    const body = JSON.stringify({ job });
    const etag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    reply.header('etag', etag).header('cache-control', 'private, no-cache');
    if (job.finished_at === null) reply.header('retry-after', 1);
    if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.type('application/json; charset=utf-8').send(body);
  });
}

/** @throws {PublicError} `unauthorized` when the key has ended meanwhile; `rate_limited`. */
async function waitHeld(
  { held, waiters }: Context,
  caller: Caller,
  reply: FastifyReply,
  { jobId, ms }: { jobId: string; ms: number },
): Promise<void> {
  const ended = new AbortController();
  const release = held.hold(caller, () => ended.abort());
  try {
    const over = AbortSignal.any([clientGone(reply), ended.signal]);
    await waiters.untilFinished(jobId, ms, over);
  } finally {
    release();
  }
  if (ended.signal.aborted) throw new PublicError('unauthorized', 'The API key is not valid');
}

/** Weak comparison (RFC 9110): the `W/` does not count. */
function matches(header: string | undefined, etag: string): boolean {
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return (header ?? '')
    .split(',')
    .some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag));
}
