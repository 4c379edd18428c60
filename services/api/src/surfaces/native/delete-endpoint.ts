import { deleteEndpoint } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { authenticate } from '../../http/authenticate.ts';
import { validate } from '../../http/validate.ts';
import { withId } from './requests.ts';

/** `DELETE /api/v1/webhook-endpoints/{id}`: 204; the second time 404. */
export function deleteEndpointRoute(app: FastifyInstance, context: Context): void {
  app.delete('/webhook-endpoints/:id', async (request, reply) => {
    const caller = await authenticate(context, request, reply, { global: true });
    const { id } = validate(withId, request.params);
    await context.db.transaction().execute((trx) => deleteEndpoint(trx, caller.orgId, id));
    return reply.code(204).send();
  });
}
