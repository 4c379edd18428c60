import { idParams } from '@usher/contracts';
import { deleteEndpoint } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';

/** `DELETE /api/v1/webhook-endpoints/{id}`: 204; the second time 404. */
export function deleteEndpointRoute(app: FastifyInstance, context: Context): void {
  app.delete('/webhook-endpoints/:id', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    await context.db
      .transaction()
      .execute((trx) => deleteEndpoint(trx, caller.orgId, id, actorOf(request)));
    return reply.code(204).send();
  });
}
