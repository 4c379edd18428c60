import { memberParams } from '@usher/contracts';
import { removeWebsiteMember } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { assertInScope } from './assert-in-scope.ts';

/** `DELETE /api/v1/websites/{id}/members/{user_id}`: ends a direct membership. */
export function removeMember(app: FastifyInstance, context: Context): void {
  app.delete('/websites/:id/members/:user_id', requires(), async (request) => {
    const { caller } = request;
    const { id, user_id } = validate(memberParams, request.params);
    assertInScope(caller, id);
    await removeWebsiteMember(context.db, caller.orgId, id, user_id, actorOf(request));
    return { success: true, message: 'User removed from website' };
  });
}
