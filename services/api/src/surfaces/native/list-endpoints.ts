import { listEndpointsQuery } from '@usher/contracts';
import { listEndpoints } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';

/** `GET /api/v1/webhook-endpoints`: newest first, without the callbacks of jobs. */
export function listEndpointsRoute(app: FastifyInstance, context: Context): void {
  app.get('/webhook-endpoints', requires({ global: true, reads: true }), async (request) => {
    const { caller } = request;
    return listEndpoints(context.db, caller.orgId, validate(listEndpointsQuery, request.query));
  });
}
