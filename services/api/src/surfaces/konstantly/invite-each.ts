import type { CreateInvitesBody } from '@usher/contracts';
import { fenceJob, submitJob, type IdempotencyClaim, type Submitted } from '@usher/jobs';
import type { FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';

/** Who is to be invited to what: groups, or the organization itself. */
export interface Wanted {
  body: CreateInvitesBody;
  target: 'group' | 'organization';
  targetIds: string[];
}

/** A job for each address, in their order. Where one is refused, none of the others is done later. */
export async function submitEach(
  context: Context,
  request: FastifyRequest,
  wanted: Wanted,
  idempotency: IdempotencyClaim | undefined,
): Promise<Submitted[]> {
  const submitted: Submitted[] = [];
  try {
    for (const [index, email] of wanted.body.emails.entries()) {
      const claim = idempotency && claimOf(idempotency, index);
      submitted.push(await submitFor(context, request, wanted, email, claim));
    }
  } catch (error) {
    for (const { jobId, replayed } of submitted) if (!replayed) await fenceJob(context.db, jobId);
    throw error;
  }
  return submitted;
}

const submitFor = (
  context: Context,
  { caller, id: requestId }: FastifyRequest,
  { body, target, targetIds }: Wanted,
  email: string,
  idempotency: IdempotencyClaim | undefined,
): Promise<Submitted> =>
  submitJob(context, {
    orgId: caller.orgId,
    apiKeyId: caller.keyId,
    kind: context.kinds['bulk-invite'],
    input: {
      method: 'email',
      target,
      email,
      role: body.roleAlias,
      first_name: null,
      last_name: null,
      scope: null,
      text: body.text,
      ends_at: body.deadlineAt?.toISOString() ?? null,
    },
    targetIds,
    requestId,
    // Its client is never promised anything for later.
    fenceable: true,
    idempotency,
  });

/** One key of the client's, which may be as long as a key can be, stands for a job for each address. */
export const claimOf = (claim: IdempotencyClaim, index: number): IdempotencyClaim => ({
  ...claim,
  route: `${claim.route} ${index}`,
});

/** Wait for all of them together. @returns those that will come to nothing more. */
export async function waitForEach(
  { db, waiters, wake }: Context,
  jobIds: readonly string[],
  waitMs: number,
): Promise<Set<string>> {
  const until = performance.now() + waitMs;
  const stopped = new Set<string>();
  await Promise.all(
    jobIds.map(async (jobId) => {
      // Also for a client that has gone: what it never heard of must not happen later.
      if (await waiters.untilFinished(jobId, until - performance.now())) return;
      if ((await fenceJob(db, jobId)) !== 'finished') stopped.add(jobId);
    }),
  );
  if (stopped.size > 0) wake.notify('interactive');
  return stopped;
}
