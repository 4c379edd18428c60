import {
  exportTargetsQuery,
  listTargetsQuery,
  idParams,
  type TargetCode,
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
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { sendLines, wantsLines } from '../../http/ndjson.ts';
import { validate } from '../../http/validate.ts';
import { viewerOf } from './viewer.ts';

const READING = requires({ counted: false, reads: true });

/** `GET /api/v1/jobs/{id}/targets`: in request order, as a page or, as NDJSON, all of them. */
export function listTargetsRoute(app: FastifyInstance, context: Context): void {
  app.get('/jobs/:id/targets', READING, async (request, reply) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    request.jobId = id;
    const readShow = async () =>
      shownBy(context, await requireJobHead(context.db, viewerOf(caller), id));
    if (wantsLines(request)) {
      const query = validate(exportTargetsQuery, request.query);
      const show = await readShow();
      return sendLines(request, reply, shown(eachTargets(context.db, id, query), show));
    }
    const query = validate(listTargetsQuery, request.query);
    const show = await readShow();
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
    code: target.code as TargetCode | null,
    message: target.message,
    attempts: target.attempts,
    retryable: target.retryable,
    updated_at: target.updated_at?.toISOString() ?? null,
  });
}

async function* shown(batches: AsyncIterable<TargetRow[]>, show: Show) {
  for await (const rows of batches) yield rows.map(show);
}
