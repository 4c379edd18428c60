import { bulkInviteBody, type BulkInviteResult } from '@usher/contracts';
import { PublicError } from '@usher/contracts';
import { describeNewJob, readTargets, requireJob, submitJob, type TargetRow } from '@usher/jobs';
import { parseBulkInvite } from '@usher/kinds';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { clientGone } from '../../http/client-gone.ts';
import { requires } from '../../http/guard-routes.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import { readPreference } from '../../http/prefer.ts';
import { validate } from '../../http/validate.ts';
import { acknowledge } from '../native/acknowledge.ts';
import { viewerOf } from '../native/viewer.ts';

/** `POST /api/v1/invites/bulk`: a job like any other, answered synchronously unless asked not to. */
export function inviteBulk(app: FastifyInstance, context: Context): void {
  app.post('/invites/bulk', requires(), async (request, reply) => {
    const { caller } = request;
    const body = validate(bulkInviteBody, request.body);
    if (body.group_ids && caller.scopedTo) {
      throw new PublicError('forbidden', 'An API key for single websites cannot invite to groups');
    }
    const preference = readPreference(request, reply);
    const submitted = await submitJob(context, {
      orgId: caller.orgId,
      apiKeyId: caller.keyId,
      kind: context.kinds['bulk-invite'],
      ...parseBulkInvite(body, caller.scopedTo),
      requestId: request.id,
      idempotency: readIdempotencyKey(request, caller),
    });
    const { jobId } = submitted;
    if (submitted.job && preference.respondAsync && preference.waitSeconds === 0) {
      return acknowledge(request, reply, submitted, describeNewJob(submitted.job));
    }
    const finished = await context.waiters.untilFinished(
      jobId,
      preference.waitSeconds * 1_000,
      clientGone(reply),
    );
    if (!finished || preference.respondAsync) {
      const job = await requireJob(context.db, viewerOf(caller), jobId);
      return acknowledge(request, reply, submitted, job);
    }
    request.jobId = jobId;
    if (submitted.replayed) reply.header('idempotent-replayed', 'true');
    reply.header('location', `/api/v1/jobs/${jobId}`);
    const targets = await readTargets(context.db, jobId, {
      after: -1,
      limit: body.website_ids?.length ?? body.group_ids?.length ?? 0,
    });
    const key = body.website_ids ? 'website_id' : 'group_id';
    return {
      success: true,
      results: targets.map((target) => toResult(target, key)),
      job_id: jobId,
    };
  });
}

function toResult(target: TargetRow, key: 'website_id' | 'group_id'): BulkInviteResult {
  const success = target.status === 'succeeded';
  const text = target.message ?? '';
  return {
    [key]: target.target_id,
    success,
    ...(success ? { message: text, ...target.detail } : { error: text }),
  };
}
