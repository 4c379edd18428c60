import { deleteGroup } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { requireGroup } from './require-group.ts';

/** `DELETE /openapi/v1/groups/{id}`: 200 with nothing, for its clients take any other for a failure. */
export function deleteGroupRoute(app: FastifyInstance, context: Context): void {
  app.delete('/groups/:id', requires({ global: true }), async (request, reply) => {
    const { orgId } = request.caller;
    const { id } = await requireGroup(context.db, request);
    await context.groupTrees(orgId, () => deleteGroup(context.db, orgId, id, actorOf(request)));
    return reply.code(200).send();
  });
}
