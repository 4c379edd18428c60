import { replayBody, type ReplayBody } from '@usher/contracts';
import { replayEvent, replayRange, WEBHOOK } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from './reply-once.ts';

/**
 * `POST /api/v1/deliveries/replay`: 202 with how many deliveries go out again. Of a time, it takes no
 * Idempotency-Key: it spans many transactions, and what is on its way already is not sent twice.
 */
export function replayDeliveriesRoute(app: FastifyInstance, context: Context): void {
  app.post('/deliveries/replay', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const { orgId } = caller;
    const body = validate(replayBody, request.body);
    const by = actorOf(request);
    if ('event_id' in body) {
      const { event_id: eventId, endpoint_id: endpointId } = body;
      await replyOnce(context, request, reply, caller, async (trx) => ({
        status: 202,
        body: { replayed: await replayEvent(trx, { orgId, eventId, endpointId, by }) },
      }));
    } else {
      const replayed = await replayRange(context.db, { ...timeOf(orgId, body), by });
      reply.code(202).send({ replayed });
    }
    context.wake.notify(WEBHOOK);
    return reply;
  });
}

const timeOf = (orgId: string, body: Extract<ReplayBody, { from: string }>) => ({
  orgId,
  endpointId: body.endpoint_id,
  from: new Date(body.from),
  to: body.to === undefined ? undefined : new Date(body.to),
  state: body.state,
});
