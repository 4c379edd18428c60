import { createEndpointBody } from '@usher/contracts';
import { createEndpoint } from '@usher/events';
import { createSecret } from '@usher/webhooks';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { checkedUrl } from './checked-url.ts';
import { isRepeat, replyOnce, type Work } from './reply-once.ts';

/** `POST /api/v1/webhook-endpoints`: 201 with the endpoint and, here alone, its secret. */
export function createEndpointRoute(app: FastifyInstance, context: Context): void {
  app.post('/webhook-endpoints', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const body = validate(createEndpointBody, request.body);
    const check = () => checkedUrl(context, body.url);
    const url = (await isRepeat(context, request, caller)) ? undefined : await check();
    const make: Work = async (trx) => {
      const { secret, ...endpoint } = await createEndpoint(trx, {
        orgId: caller.orgId,
        url: url ?? (await check()),
        eventTypes: body.event_types,
        inOrder: body.in_order,
        secret: createSecret(),
        seal: context.sealer.seal,
        by: actorOf(request),
      });
      return { status: 201, body: { ...endpoint, secret }, kept: endpoint };
    };
    return replyOnce(context, request, reply, caller, make, 'webhook-endpoints');
  });
}
