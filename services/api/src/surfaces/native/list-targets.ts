import { Readable } from 'node:stream';
import {
  listTargetsQuery,
  uuid,
  type ListTargetsQuery,
  type TargetResource,
} from '@usher/contracts';
import {
  eachTargets,
  listTargets,
  requireJobHead,
  type JobHead,
  type TargetRow,
} from '@usher/jobs';
import type { JobKind } from '@usher/kinds';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { viewerOf } from './viewer.ts';

const params = z.object({ id: uuid });
const NDJSON = 'application/x-ndjson';
const READING = requires({ counted: false, reads: true });

/** `GET /api/v1/jobs/{id}/targets`: in request order, as a page or, as NDJSON, all of them. */
export function listTargetsRoute(app: FastifyInstance, context: Context): void {
  app.get('/jobs/:id/targets', READING, async (request, reply) => {
    const { caller } = request;
    const { id } = validate(params, request.params);
    const query = validate(listTargetsQuery, request.query);
    request.jobId = id;
    const show = shownBy(context, await requireJobHead(context.db, viewerOf(caller), id));
    if (request.headers.accept?.includes(NDJSON)) {
      return reply
        .type(`${NDJSON}; charset=utf-8`)
        .send(Readable.from(lines(context, id, query, show)));
    }
    const { rows, next_cursor } = await listTargets(context.db, id, query);
    return { targets: rows.map(show), next_cursor };
  });
}

type Show = (target: TargetRow) => TargetResource;

/** How a job's targets are shown. */
export function shownBy(context: Context, job: JobHead): Show {
  const { idField, email } = context.kinds[job.kind as JobKind].describe(job);
  return (target) => ({
    position: target.position,
    [idField]: target.target_id,
    ...(email === undefined ? {} : { email }),
    status: target.status,
    code: target.code,
    message: target.message,
    attempts: target.attempts,
    retryable: target.retryable,
    updated_at: target.updated_at?.toISOString() ?? null,
  });
}

async function* lines(context: Context, jobId: string, query: ListTargetsQuery, show: Show) {
  for await (const rows of eachTargets(context.db, jobId, query)) {
    yield rows.map((row) => `${JSON.stringify(show(row))}\n`).join('');
  }
}
