import { emptyBody, idParams } from '@usher/contracts';
import { replayDelivery, WEBHOOK } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from './reply-once.ts';

/** `POST /api/v1/deliveries/{id}/replay`: 202 with the delivery, which is on its way again. */
export function replayDeliveryRoute(app: FastifyInstance, context: Context): void {
  app.post('/deliveries/:id/replay', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    validate(emptyBody, request.body);
    await replyOnce(context, request, reply, caller, async (trx) => ({
      status: 202,
      body: await replayDelivery(trx, caller.orgId, id, actorOf(request)),
    }));
    context.wake.notify(WEBHOOK);
    return reply;
  });
}
