import { listDeliveriesQuery } from '@usher/contracts';
import { listDeliveries } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { authenticate } from '../../http/authenticate.ts';
import { validate } from '../../http/validate.ts';

/** `GET /api/v1/deliveries`: newest first. */
export function listDeliveriesRoute(app: FastifyInstance, context: Context): void {
  app.get('/deliveries', async (request, reply) => {
    const caller = await authenticate(context, request, reply, { global: true, reads: true });
    return listDeliveries(context.db, caller.orgId, validate(listDeliveriesQuery, request.query));
  });
}
