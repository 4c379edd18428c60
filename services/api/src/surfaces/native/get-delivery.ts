import { requireDeliveryDetails } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { authenticate } from '../../http/authenticate.ts';
import { validate } from '../../http/validate.ts';
import { withId } from './requests.ts';

/** `GET /api/v1/deliveries/{id}`: with its body and every attempt. */
export function getDelivery(app: FastifyInstance, context: Context): void {
  app.get('/deliveries/:id', async (request, reply) => {
    const caller = await authenticate(context, request, reply, { global: true, reads: true });
    const { id } = validate(withId, request.params);
    return requireDeliveryDetails(context.db, caller.orgId, id);
  });
}
