import { idParams, recoverBody } from '@usher/contracts';
import { recoverEndpoint, WEBHOOK } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';

/**
 * `POST /api/v1/webhook-endpoints/{id}/recover`: 202 with how many deliveries go out again. Takes no
 * Idempotency-Key: it spans many transactions, and a repeat finds only what the first one left.
 */
export function recoverEndpointRoute(app: FastifyInstance, context: Context): void {
  app.post('/webhook-endpoints/:id/recover', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    const { since } = validate(recoverBody, request.body);
    const replayed = await recoverEndpoint(context.db, {
      orgId: caller.orgId,
      endpointId: id,
      since: since === undefined ? undefined : new Date(since),
      by: actorOf(request),
    });
    context.wake.notify(WEBHOOK);
    return reply.code(202).send({ replayed });
  });
}
