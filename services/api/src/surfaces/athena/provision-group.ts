import { PublicError } from '@usher/contracts';
import type { Caller } from '@usher/directory';
import {
  acknowledgeJob,
  closedFor,
  fenceJob,
  forgetKeys,
  isKeyKnown,
  readEnded,
  requireJob,
  submitJob,
  type TargetRow,
} from '@usher/jobs';
import { BILLING_GATE, type BillingInput } from '@usher/kinds';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import { readPreference } from '../../http/prefer.ts';
import { acknowledge } from '../native/acknowledge.ts';
import { viewerOf } from '../native/viewer.ts';

/** A group that is to have a billing entity, and what else is to be true of it then. */
export interface Provisioning {
  groupId: string;
  input: BillingInput;
  /** Whether it has its entity already: then nobody upstream is asked. */
  provisioned: boolean;
  /** @throws {PublicError} what is refused before any job is made; a repeat was accepted before. */
  refuseEarly: () => Promise<void>;
}

/**
 * Provision one group as a job, and wait for it. Where the wait runs out the job is fenced: nothing of
 * it takes effect any more, though what was made upstream is adopted by the next try.
 * @returns the group's id once all of it is true; undefined: answered 202.
 * @throws {PublicError} `upstream_failed`, and nothing changed; or what the group's own part met.
 */
export async function provisionGroup(
  context: Context,
  caller: Caller,
  { groupId, input, provisioned, refuseEarly }: Provisioning,
  [request, reply]: [FastifyRequest, FastifyReply],
): Promise<string | undefined> {
  const { db, kinds, waiters } = context;
  const preference = readPreference(request, reply);
  const idempotency = readIdempotencyKey(request);
  if (!idempotency || !(await isKeyKnown(db, { ...idempotency, orgId: caller.orgId }))) {
    await refuseEarly();
    if (!provisioned && !preference.respondAsync) await refuseWhileClosed(context);
  }
  const submitted = await submitJob(context, {
    orgId: caller.orgId,
    apiKeyId: caller.keyId,
    kind: kinds['billing-provisioning'],
    input,
    targetIds: [groupId],
    requestId: request.id,
    fenceable: !preference.respondAsync,
    pastGates: provisioned,
    idempotency,
  });
  const { jobId } = submitted;
  request.jobId = jobId;
  const promise = async () => {
    const job = await requireJob(db, viewerOf(caller), jobId);
    acknowledge(request, reply, submitted, job);
    return undefined;
  };
  if (submitted.replayed) reply.header('idempotent-replayed', 'true');
  // Also for a client that has gone: what it never heard of must not undo what it asks for next.
  const finished = await waiters.untilFinished(jobId, preference.waitSeconds * 1_000);
  if (preference.respondAsync && (await acknowledgeJob(db, jobId))) return promise();
  if (!finished) {
    const fate = await fenceJob(db, jobId);
    context.wake.notify('billing');
    if (fate === 'fenced') throw failed('it did not answer in time');
    if (fate === 'acknowledged') return promise();
  }
  const [target] = await readEnded(db, jobId, 1);
  if (target?.status !== 'succeeded') throw await explain(context, jobId, target);
  reply.header('location', `/api/v1/jobs/${jobId}`);
  return target.target_id;
}

const failed = (reason: string, retryAfterSeconds?: number) =>
  new PublicError('upstream_failed', `Billing could not be enabled: ${reason}`, {
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });

/** The provider is left alone for now: a request that needs it need not wait to hear so. */
async function refuseWhileClosed({ db }: Context): Promise<void> {
  const ms = await closedFor(db, BILLING_GATE);
  if (ms > 0) throw failed('the provider cannot be reached', Math.ceil(ms / 1_000));
}

/** Why the one target of a finished job did not succeed, as this surface says it. */
async function explain(
  { db }: Context,
  jobId: string,
  target: TargetRow | undefined,
): Promise<PublicError> {
  // Nothing took effect, so nothing is kept under its key.
  await forgetKeys(db, jobId);
  const message = target?.message ?? '';
  const { refusal, existing_id: id, existing_name: name } = target?.detail ?? {};
  switch (target?.code) {
    case 'external_id_in_use':
      return new PublicError('external_id_in_use', message, {
        ...(id !== undefined && { existing: { type: 'group', id, name: name ?? '' } }),
      });
    case 'not_found':
      return new PublicError(refusal === 'invalid_request' ? refusal : 'not_found', message);
    case 'billing_not_configured':
      return new PublicError('billing_not_configured', message);
    case 'canceled':
      return new PublicError('state_conflict', message);
    default:
      return failed(message);
  }
}
