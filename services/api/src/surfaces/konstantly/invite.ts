import { createInvitesBody, PublicError, type KonstantlyInvite } from '@usher/contracts';
import { findGroupByNumber, findInvites } from '@usher/directory';
import { forgetKeys, isKeyKnown, readEnded } from '@usher/jobs';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import { readPreference } from '../../http/prefer.ts';
import { validate } from '../../http/validate.ts';
import { claimOf, submitEach, waitForEach, type Wanted } from './invite-each.ts';

const TRY_AGAIN_S = 5;
/** Targets of a job here. */
const MOST = 50;

/**
 * `POST /openapi/v1/invites`: a job for each address, and 200 with everybody who has an invite now, also
 * one that was pending before. Who is a member of everything already is left out; where that is everybody,
 * it is a 400. What could not be done within the wait is not done later: a 503, and a repeat does it.
 */
export function inviteRoute(app: FastifyInstance, context: Context): void {
  app.post('/invites', requires({ global: true }), async (request, reply) => {
    const { orgId } = request.caller;
    const body = validate(createInvitesBody, request.body);
    const { waitSeconds } = readPreference(request, reply, { never202: true });
    const key = readIdempotencyKey(request);
    const repeat =
      key !== undefined && (await isKeyKnown(context.db, { ...claimOf(key, 0), orgId }));
    const wanted = await findTargets(context, request, body, repeat);
    const submitted = await submitEach(context, request, wanted, key);
    const jobIds = submitted.map(({ jobId }) => jobId);
    request.jobId = jobIds[0] as string;
    const stopped = await waitForEach(context, jobIds, waitSeconds * 1_000);
    const { emails } = body;
    const asked = { jobIds, emails, targetIds: wanted.targetIds };
    const found = await findInvites(context.db, orgId, asked);
    const invited = new Map(found.map((invite) => [invite.email, invite]));
    const left = emails.flatMap((email, index) => {
      const jobId = jobIds[index] as string;
      // Of one that was stopped, an invite found may be to some of the groups alone.
      if (invited.has(email) && !stopped.has(jobId)) return [];
      return [{ email, jobId, stopped: stopped.has(jobId) }];
    });
    await refuseUndone(context, left, jobIds);
    if (submitted.some(({ replayed }) => replayed)) reply.header('idempotent-replayed', 'true');
    return emails.flatMap((email): KonstantlyInvite[] => {
      const invite = invited.get(email);
      if (!invite) return [];
      return [
        {
          id: invite.number,
          email,
          createdAt: Math.floor(invite.createdAt.getTime() / 1_000),
          inviteUrl: context.acceptUrl(invite.invitationId),
        },
      ];
    });
  });
}

/** @throws {PublicError} `invalid_request`: an unknown group, a deadline that is past. A repeat was accepted. */
async function findTargets(
  { db }: Context,
  { caller }: FastifyRequest,
  body: Wanted['body'],
  repeat: boolean,
): Promise<Wanted> {
  const details =
    body.deadlineAt && body.deadlineAt.getTime() <= Date.now()
      ? [{ path: 'deadlineAt', message: 'must be in the future' }]
      : [];
  const targetIds: string[] = [];
  for (const [index, number] of body.groups.entries()) {
    const group = await findGroupByNumber(db, caller.orgId, number);
    if (group) targetIds.push(group.id);
    else details.push({ path: `groups.${index}`, message: `Group ${number} not found` });
  }
  if (details.length > 0 && !repeat) {
    throw new PublicError('invalid_request', 'Validation failed', { details });
  }
  if (body.groups.length > 0) return { body, target: 'group', targetIds };
  return { body, target: 'organization', targetIds: [caller.orgId] };
}

/**
 * Why somebody has no invite, where that is worth an error: then nothing is kept under the key, also of
 * those who have one.
 * @throws {PublicError} `unavailable`, or `invalid_request` where everybody is a member already.
 */
async function refuseUndone(
  { db }: Context,
  left: ReadonlyArray<{ email: string; jobId: string; stopped: boolean }>,
  jobIds: readonly string[],
): Promise<void> {
  const reasons = await Promise.all(
    left.map(async ({ email, jobId, stopped }) => {
      const targets = stopped ? [] : await readEnded(db, jobId, MOST);
      const other = targets.find(({ code }) => code !== 'already_member');
      const message = `${email}: ${(other ?? targets[0])?.message ?? 'Not invited in time'}`;
      const member = targets.length > 0 && other === undefined;
      return { member, detail: { path: 'emails', message } };
    }),
  );
  const undone = reasons.filter(({ member }) => !member);
  if (undone.length === 0 && left.length < jobIds.length) return;
  for (const jobId of jobIds) await forgetKeys(db, jobId);
  const details = (undone.length > 0 ? undone : reasons).map(({ detail }) => detail);
  if (undone.length === 0)
    throw new PublicError('invalid_request', 'Validation failed', { details });
  throw new PublicError(
    'unavailable',
    `${undone.length} of ${jobIds.length} addresses were not invited: repeat the request`,
    { details, retryAfterSeconds: TRY_AGAIN_S },
  );
}
