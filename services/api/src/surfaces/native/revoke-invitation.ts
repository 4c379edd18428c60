import { emptyBody, idParams } from '@usher/contracts';
import { revokeInvitation } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from './reply-once.ts';
import { viewerOf } from './viewer.ts';

/** `POST /api/v1/invitations/{id}/revoke`: 200 with the invitation, of which nothing is pending. */
export function revokeInvitationRoute(app: FastifyInstance, context: Context): void {
  app.post('/invitations/:id/revoke', requires(), async (request, reply) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    validate(emptyBody, request.body);
    return replyOnce(context, request, reply, caller, async (trx) => ({
      status: 200,
      body: await revokeInvitation(trx, viewerOf(caller), id, actorOf(request)),
    }));
  });
}
