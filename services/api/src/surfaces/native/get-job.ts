import { createHash } from 'node:crypto';
import { getJobQuery, uuid } from '@usher/contracts';
import { requireJob } from '@usher/jobs';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { clientGone } from '../../http/client-gone.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { viewerOf } from './viewer.ts';

const params = z.object({ id: uuid });

/** `GET /api/v1/jobs/{id}`: the job; `?wait=N` answers as soon as it is finished. */
export function getJob(app: FastifyInstance, context: Context): void {
  app.get('/jobs/:id', requires({ counted: false, reads: true }), async (request, reply) => {
    const { caller } = request;
    const { id } = validate(params, request.params);
    const { wait = 0 } = validate(getJobQuery, request.query);
    request.jobId = id;
    let job = await requireJob(context.db, viewerOf(caller), id);
    if (wait > 0 && job.finished_at === null) {
      await context.waiters.untilFinished(id, wait * 1_000, clientGone(reply));
      job = await requireJob(context.db, viewerOf(caller), id);
    }
    const body = JSON.stringify({ job });
    const etag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    reply.header('etag', etag).header('cache-control', 'private, no-cache');
    if (job.finished_at === null) reply.header('retry-after', 1);
    if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.type('application/json; charset=utf-8').send(body);
  });
}

/** Weak comparison (RFC 9110): the `W/` does not count. */
function matches(header: string | undefined, etag: string): boolean {
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return (header ?? '')
    .split(',')
    .some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag));
}
