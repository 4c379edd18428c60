import { inviteParams } from '@usher/contracts';
import { revokeInvite } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';

/** `DELETE /api/v1/invites/org/{invite_id}`: takes back a pending invite of any type. */
export function revokeInviteRoute(app: FastifyInstance, context: Context): void {
  app.delete('/invites/org/:invite_id', requires(), async (request) => {
    const { caller } = request;
    const { invite_id } = validate(inviteParams, request.params);
    const { orgId, scopedTo } = caller;
    await revokeInvite(context.db, orgId, invite_id, scopedTo, actorOf(request));
    return { success: true, message: 'Invite revoked' };
  });
}
