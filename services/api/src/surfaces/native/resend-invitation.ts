import { emptyBody, idParams } from '@usher/contracts';
import { resendInvitation } from '@usher/kinds';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from './reply-once.ts';
import { viewerOf } from './viewer.ts';

/** `POST /api/v1/invitations/{id}/resend`: 202 with the invitation, one more email of which goes out. */
export function resendInvitationRoute(app: FastifyInstance, context: Context): void {
  app.post('/invitations/:id/resend', requires(), async (request, reply) => {
    const { caller } = request;
    const { id: invitationId } = validate(idParams, request.params);
    validate(emptyBody, request.body);
    let woken: string[] = [];
    await replyOnce(context, request, reply, caller, async (trx) => {
      const { invitation, lanes } = await resendInvitation(trx, {
        viewer: viewerOf(caller),
        invitationId,
        lifetimeHours: context.config.invitationTtlHours,
        by: actorOf(request),
      });
      woken = lanes;
      return { status: 202, body: invitation };
    });
    context.wake.notify(...woken);
    return reply;
  });
}
