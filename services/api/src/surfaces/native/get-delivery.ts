import { idParams } from '@usher/contracts';
import { requireDeliveryDetails } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';

/** `GET /api/v1/deliveries/{id}`: with its body and every attempt. */
export function getDelivery(app: FastifyInstance, context: Context): void {
  app.get('/deliveries/:id', requires({ global: true, reads: true }), async (request) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    return requireDeliveryDetails(context.db, caller.orgId, id);
  });
}
