import { deleteAttributeDefinition } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { readNumber } from './read-number.ts';

/** `DELETE /openapi/v1/group-attributes/{id}`: 200 with nothing; what groups have by its name stays. */
export function deleteAttributeRoute(app: FastifyInstance, context: Context): void {
  app.delete('/group-attributes/:id', requires({ global: true }), async (request, reply) => {
    const number = readNumber(request.params, 'Group attribute');
    await deleteAttributeDefinition(context.db, request.caller.orgId, number, actorOf(request));
    return reply.code(200).send();
  });
}
