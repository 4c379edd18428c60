import { idParams } from '@usher/contracts';
import { requireEndpoint } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';

/** `GET /api/v1/webhook-endpoints/{id}`: also the callback of a job. */
export function getEndpoint(app: FastifyInstance, context: Context): void {
  app.get('/webhook-endpoints/:id', requires({ global: true, reads: true }), async (request) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    return requireEndpoint(context.db, caller.orgId, id);
  });
}
