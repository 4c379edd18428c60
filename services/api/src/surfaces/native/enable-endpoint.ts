import { emptyBody, idParams } from '@usher/contracts';
import { enableEndpoint, WEBHOOK } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from './reply-once.ts';

/** `POST /api/v1/webhook-endpoints/{id}/enable`: 200 with the endpoint, also where it is enabled. */
export function enableEndpointRoute(app: FastifyInstance, context: Context): void {
  app.post('/webhook-endpoints/:id/enable', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    validate(emptyBody, request.body);
    await replyOnce(context, request, reply, caller, async (trx) => ({
      status: 200,
      body: await enableEndpoint(trx, caller.orgId, id, actorOf(request)),
    }));
    context.wake.notify(WEBHOOK);
    return reply;
  });
}
