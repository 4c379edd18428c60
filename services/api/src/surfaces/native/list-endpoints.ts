import { listEndpointsQuery } from '@usher/contracts';
import { listEndpoints } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { authenticate } from '../../http/authenticate.ts';
import { validate } from '../../http/validate.ts';

/** `GET /api/v1/webhook-endpoints`: newest first, without the callbacks of jobs. */
export function listEndpointsRoute(app: FastifyInstance, context: Context): void {
  app.get('/webhook-endpoints', async (request, reply) => {
    const caller = await authenticate(context, request, reply, { global: true, reads: true });
    return listEndpoints(context.db, caller.orgId, validate(listEndpointsQuery, request.query));
  });
}
