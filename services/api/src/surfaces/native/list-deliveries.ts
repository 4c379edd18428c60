import { listDeliveriesQuery } from '@usher/contracts';
import { listDeliveries } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';

/** `GET /api/v1/deliveries`: newest first. */
export function listDeliveriesRoute(app: FastifyInstance, context: Context): void {
  app.get('/deliveries', requires({ global: true, reads: true }), async (request) => {
    const { caller } = request;
    return listDeliveries(context.db, caller.orgId, validate(listDeliveriesQuery, request.query));
  });
}
