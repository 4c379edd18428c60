import { PublicError, ROSTER_MAX_MEMBERS, rosterBody } from '@usher/contracts';
import { requireJobHead, submitJob } from '@usher/jobs';
import { acceptRoster, parseRoster } from '@usher/kinds';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import { validate } from '../../http/validate.ts';
import { viewerOf } from '../native/viewer.ts';
import { groupIdOf } from './ids.ts';
import { toReceipt } from './to-members-sync.ts';

/** Enough for 10,000 members of 800 bytes. */
const BODY_LIMIT = 8 * 1_048_576;

const tooMany = z.object({ members: z.array(z.unknown()) });

/**
 * `POST /v1/groups/{id}/members/sync`: 202 with a receipt. A job makes the group's roster the one sent.
 * Of two accepted for one group, the later one has the last word.
 */
export function syncMembers(app: FastifyInstance, context: Context): void {
  const options = { ...requires({ global: true }), bodyLimit: BODY_LIMIT };
  app.post('/groups/:id/members/sync', options, async (request, reply) => {
    const { caller } = request;
    const { orgId } = caller;
    const groupId = groupIdOf(request);
    refuseTooMany(request.body);
    const members = parseRoster(validate(rosterBody, request.body));
    const idempotency = readIdempotencyKey(request);
    // Each holds the group's row for as long as its members take to be written.
    const { jobId, replayed, job } = await context.rosters(`${orgId} ${groupId}`, () =>
      submitJob(context, {
        orgId,
        apiKeyId: caller.keyId,
        kind: context.kinds['roster-sync'],
        input: { members: members.length },
        targetIds: [groupId],
        requestId: request.id,
        accompany: (trx, id) => acceptRoster(trx, { orgId, groupId, jobId: id }, members),
        idempotency,
      }),
    );
    request.jobId = jobId;
    if (replayed) reply.header('idempotent-replayed', 'true');
    const { created_at: acceptedAt } =
      job ?? (await requireJobHead(context.db, viewerOf(caller), jobId));
    return reply.code(202).send({ data: toReceipt({ jobId, groupId, acceptedAt }) });
  });
}

function refuseTooMany(body: unknown): void {
  const count = tooMany.safeParse(body).data?.members.length ?? 0;
  if (count <= ROSTER_MAX_MEMBERS) return;
  throw new PublicError(
    'too_large',
    `A roster takes at most ${ROSTER_MAX_MEMBERS} members; this one has ${count}`,
  );
}
