import { emptyBody, idParams } from '@usher/contracts';
import { rotateSecret } from '@usher/events';
import { createSecret } from '@usher/webhooks';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from './reply-once.ts';

/** `POST /api/v1/webhook-endpoints/{id}/rotate`: 200 with the endpoint and, here alone, its new secret. */
export function rotateSecretRoute(app: FastifyInstance, context: Context): void {
  app.post('/webhook-endpoints/:id/rotate', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    validate(emptyBody, request.body);
    return replyOnce(context, request, reply, caller, async (trx) => {
      const { secret, ...endpoint } = await rotateSecret(trx, {
        orgId: caller.orgId,
        endpointId: id,
        secret: createSecret(),
        seal: context.sealer.seal,
        by: actorOf(request),
      });
      return { status: 200, body: { ...endpoint, secret }, kept: endpoint };
    });
  });
}
