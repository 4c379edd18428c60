import { changeEndpointBody, idParams } from '@usher/contracts';
import { changeEndpoint, WEBHOOK } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { checkedUrl } from './checked-url.ts';
import { isRepeat, replyOnce } from './reply-once.ts';

/** `PATCH /api/v1/webhook-endpoints/{id}`: 200 with the endpoint as it is then. */
export function changeEndpointRoute(app: FastifyInstance, context: Context): void {
  app.patch('/webhook-endpoints/:id', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    const body = validate(changeEndpointBody, request.body);
    const check = async () => body.url && (await checkedUrl(context, body.url));
    const url = (await isRepeat(context, request, caller)) ? undefined : await check();
    await replyOnce(context, request, reply, caller, async (trx) => {
      const change = {
        url: url ?? (await check()),
        eventTypes: body.event_types,
        inOrder: body.in_order,
        enabled: body.enabled,
      };
      const by = actorOf(request);
      const endpoint = await changeEndpoint(trx, caller.orgId, id, change, by);
      return { status: 200, body: endpoint };
    });
    // What waited may go now.
    context.wake.notify(WEBHOOK);
    return reply;
  });
}
