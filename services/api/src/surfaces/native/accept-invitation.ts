import { acceptInvitationBody, PublicError } from '@usher/contracts';
import { acceptInvitation } from '@usher/directory';
import { WEBHOOK } from '@usher/events';
import { answerOnce } from '@usher/jobs';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import { validate } from '../../http/validate.ts';

/** `POST /api/v1/invitations/accept`: no key, the token is the permission. */
export function acceptInvitationRoute(app: FastifyInstance, context: Context): void {
  app.post('/invitations/accept', async (request, reply) => {
    const body = validate(acceptInvitationBody, request.body);
    const invitationId = context.tokens.read(body.token);
    if (invitationId === null) throw new PublicError('not_found', 'Invitation not found');
    const by = { apiKeyId: null, requestId: request.id };
    const claim = await readClaim(context, request, invitationId);
    const answer = await answerOnce(context.db, claim, async (trx) => {
      const names = { firstName: body.first_name, lastName: body.last_name };
      const { accepted } = await acceptInvitation(trx, invitationId, names, by);
      return { status: 200, body: { success: true, accepted } };
    });
    context.wake.notify(WEBHOOK);
    if (answer.replayed) reply.header('idempotent-replayed', 'true');
    return reply.code(answer.status).send(answer.body);
  });
}

/** Keys are an organization's: here it is the one that invited. */
async function readClaim(context: Context, request: FastifyRequest, invitationId: string) {
  const key = readIdempotencyKey(request);
  if (!key) return undefined;
  const invitation = await context.db
    .selectFrom('invitations')
    .select('org_id')
    .where('id', '=', invitationId)
    .executeTakeFirst();
  if (!invitation) throw new PublicError('not_found', 'Invitation not found');
  return { ...key, orgId: invitation.org_id };
}
