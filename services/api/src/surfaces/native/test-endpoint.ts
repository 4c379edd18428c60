import { emptyBody, idParams } from '@usher/contracts';
import { testEndpoint, WEBHOOK } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce, type Work } from './reply-once.ts';

/** `POST /api/v1/webhook-endpoints/{id}/test`: 202 with the delivery of an event that means nothing. */
export function testEndpointRoute(app: FastifyInstance, context: Context): void {
  app.post('/webhook-endpoints/:id/test', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    validate(emptyBody, request.body);
    const send: Work = async (trx) => ({
      status: 202,
      body: await testEndpoint(trx, caller.orgId, id, actorOf(request)),
    });
    await replyOnce(context, request, reply, caller, send, 'deliveries');
    context.wake.notify(WEBHOOK);
    return reply;
  });
}
