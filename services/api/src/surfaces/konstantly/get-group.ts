import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { requireGroup } from './require-group.ts';
import { toGroup } from './resources.ts';

/** `GET /openapi/v1/groups/{id}` */
export function getGroup(app: FastifyInstance, context: Context): void {
  app.get('/groups/:id', requires({ global: true, reads: true }), async (request) =>
    toGroup(await requireGroup(context.db, request)),
  );
}
