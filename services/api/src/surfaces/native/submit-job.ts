import { jobBody, JOB_MAX_TARGETS, PublicError, type JobBody } from '@usher/contracts';
import { describeNewJob, previewJob, requireJob, submitJob } from '@usher/jobs';
import { parseBillingProvisioning, parseBulkInvite } from '@usher/kinds';
import type { Caller } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { clientGone } from '../../http/client-gone.ts';
import { requires } from '../../http/guard-routes.ts';
import { requireBilling } from '../../http/require-billing.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import { readPreference } from '../../http/prefer.ts';
import { validate } from '../../http/validate.ts';
import { acknowledge } from './acknowledge.ts';
import { shownBy } from './list-targets.ts';
import { isRepeat } from './reply-once.ts';
import { callbackOf } from './callback.ts';
import { failureLimit } from './failure-limit.ts';
import { viewerOf } from './viewer.ts';

const tooMany = z.object({
  website_ids: z.array(z.unknown()).optional(),
  group_ids: z.array(z.unknown()).optional(),
});

/** No client's patience is longer. */
const PREVIEW_MS = 50_000;

/** `POST /api/v1/jobs`: always 202; `Prefer: wait=N` waits first, so that the body may say the end. */
export function submitJobRoute(app: FastifyInstance, context: Context): void {
  app.post('/jobs', requires(), async (request, reply) => {
    const { caller } = request;
    refuseTooMany(request.body);
    const body = validate(jobBody, request.body);
    if (body.group_ids && caller.scopedTo) {
      throw new PublicError('forbidden', 'An API key for single websites cannot touch groups');
    }
    if (body.kind === 'billing-provisioning') requireBilling(context);
    const idempotency = readIdempotencyKey(request, caller);
    if (body.validate_only) {
      await callbackOf(context, caller.orgId, body.callback_url);
      return validateOnly(context, caller, body, clientGone(reply));
    }
    const preference = readPreference(request, reply);
    // A repeat is answered from its job, whatever has become of the address since.
    const repeat = body.callback_url !== undefined && (await isRepeat(context, request, caller));
    const callback = repeat
      ? undefined
      : await callbackOf(context, caller.orgId, body.callback_url);
    const { input, targetIds } = parse(body, caller);
    const submitted = await submitJob(context, {
      orgId: caller.orgId,
      apiKeyId: caller.keyId,
      kind: context.kinds[body.kind],
      input,
      targetIds,
      startAt: body.start_at === undefined ? undefined : new Date(body.start_at),
      failureLimit: failureLimit(body.failure_threshold, targetIds.length),
      requestId: request.id,
      accompany: callback?.accompany,
      audited: callback?.audited,
      idempotency,
    });
    const extra = callback && !submitted.replayed ? { callback_secret: callback.secret } : {};
    const asked = preference.stated ? preference.waitSeconds : 0;
    if (submitted.job && asked === 0) {
      return acknowledge(request, reply, submitted, describeNewJob(submitted.job), extra);
    }
    await context.waiters.untilFinished(submitted.jobId, asked * 1_000, clientGone(reply));
    const job = await requireJob(context.db, viewerOf(caller), submitted.jobId);
    return acknowledge(request, reply, submitted, job, extra);
  });
}

/** 200 with what each target would come to now; nothing is written, and no key is used up. */
async function validateOnly(context: Context, caller: Caller, body: JobBody, gone: AbortSignal) {
  const wanted = {
    orgId: caller.orgId,
    apiKeyId: caller.keyId,
    kind: context.kinds[body.kind],
    ...parse(body, caller),
  };
  const tooLong = AbortSignal.any([gone, AbortSignal.timeout(PREVIEW_MS)]);
  const { job, results } = await previewJob(context, wanted, tooLong);
  const show = shownBy(context, job);
  const targets = results.map(({ position, targetId, status, code, message, retryable = false }) =>
    show({
      position,
      target_id: targetId,
      status,
      code,
      message,
      retryable,
      attempts: 0,
      detail: null,
      updated_at: null,
    }),
  );
  const failed = targets.filter((target) => target.status === 'failed').length;
  const counts = { total: targets.length, succeeded: targets.length - failed, failed };
  return { validate_only: true, counts, targets };
}

function parse(body: JobBody, caller: Caller): { input: object; targetIds: string[] } {
  return body.kind === 'bulk-invite'
    ? parseBulkInvite(body, caller.scopedTo)
    : parseBillingProvisioning(body);
}

function refuseTooMany(body: unknown): void {
  const { data } = tooMany.safeParse(body);
  const count = Math.max(data?.website_ids?.length ?? 0, data?.group_ids?.length ?? 0);
  if (count <= JOB_MAX_TARGETS) return;
  throw new PublicError(
    'too_large',
    `A job takes at most ${JOB_MAX_TARGETS} targets; this one has ${count}`,
  );
}
