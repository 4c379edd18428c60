import { bulkInviteBody, PublicError, type BulkInviteResult } from '@usher/contracts';
import {
  acknowledgeJob,
  describeNewJob,
  fenceJob,
  readEnded,
  requireJob,
  submitJob,
  type TargetRow,
} from '@usher/jobs';
import { parseBulkInvite, type BulkInviteInput } from '@usher/kinds';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { clientGone } from '../../http/client-gone.ts';
import { requires } from '../../http/guard-routes.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import { readPreference } from '../../http/prefer.ts';
import { validate } from '../../http/validate.ts';
import { acknowledge } from '../native/acknowledge.ts';
import { viewerOf } from '../native/viewer.ts';

const TRY_AGAIN_S = 5;

/** `POST /api/v1/invites/bulk`: a job like any other, answered synchronously unless asked not to. */
export function inviteBulk(app: FastifyInstance, context: Context): void {
  app.post('/invites/bulk', requires(), async (request, reply) => {
    const { caller } = request;
    const body = validate(bulkInviteBody, request.body);
    if (body.group_ids && caller.scopedTo) {
      throw new PublicError('forbidden', 'An API key for single websites cannot invite to groups');
    }
    const parsed = parseBulkInvite(body, caller.scopedTo);
    const done = await inviteAndWait(context, [request, reply], parsed, { unasked202: true });
    if (done === undefined) return reply;
    const key = body.website_ids ? 'website_id' : 'group_id';
    return {
      success: true,
      results: done.targets.map((target) => toResult(target, key)),
      job_id: done.jobId,
    };
  });
}

/**
 * Invite as a job, and wait for it as the client prefers.
 * @param unasked202 whether clients know a 202 that they did not ask for. Where they do not, a job that
 * is not done within the wait is fenced.
 * @returns the job and its targets, in request order, once it has finished; undefined: answered 202.
 * @throws {PublicError} `unavailable`: it was fenced, and nothing of it is done later.
 */
export async function inviteAndWait(
  context: Context,
  [request, reply]: [FastifyRequest, FastifyReply],
  { input, targetIds }: { input: BulkInviteInput; targetIds: string[] },
  { unasked202 }: { unasked202: boolean },
): Promise<{ jobId: string; targets: TargetRow[] } | undefined> {
  const { db, kinds, waiters, wake } = context;
  const { caller } = request;
  const preference = readPreference(request, reply);
  const fenceable = !unasked202 && !preference.stated;
  const submitted = await submitJob(context, {
    orgId: caller.orgId,
    apiKeyId: caller.keyId,
    kind: kinds['bulk-invite'],
    input,
    targetIds,
    requestId: request.id,
    fenceable,
    idempotency: readIdempotencyKey(request, caller),
  });
  const { jobId } = submitted;
  if (submitted.job && preference.respondAsync && preference.waitSeconds === 0) {
    acknowledge(request, reply, submitted, describeNewJob(submitted.job));
    return undefined;
  }
  // What a client that has gone never heard of must not happen later.
  const signal = fenceable ? undefined : clientGone(reply);
  const finished = await waiters.untilFinished(jobId, preference.waitSeconds * 1_000, signal);
  const fate = !finished && fenceable ? await fenceJob(db, jobId) : 'finished';
  if (fate === 'fenced') {
    wake.notify('interactive');
    throw undone();
  }
  if (fate === 'acknowledged' || (!finished && !fenceable) || preference.respondAsync) {
    // A job of somebody who sent no Prefer may be fenced as long as nobody was promised it.
    if (submitted.replayed && !(await acknowledgeJob(db, jobId))) throw undone();
    acknowledge(request, reply, submitted, await requireJob(db, viewerOf(caller), jobId));
    return undefined;
  }
  const targets = await readEnded(db, jobId, targetIds.length);
  // A repeat that waited beside the request which gave up.
  if (targets.some(({ code }) => code === 'upstream_unavailable')) throw undone();
  request.jobId = jobId;
  if (submitted.replayed) reply.header('idempotent-replayed', 'true');
  reply.header('location', `/api/v1/jobs/${jobId}`);
  return { jobId, targets };
}

const undone = () =>
  new PublicError('unavailable', 'Not done in time, and not done later: repeat the request', {
    retryAfterSeconds: TRY_AGAIN_S,
  });

function toResult(target: TargetRow, key: 'website_id' | 'group_id'): BulkInviteResult {
  const success = target.status === 'succeeded';
  const text = target.message ?? '';
  return {
    [key]: target.target_id,
    success,
    ...(success ? { message: text, ...target.detail } : { error: text }),
  };
}
