import { listAttributeDefinitions } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { toAttribute } from './resources.ts';

/** `GET /openapi/v1/group-attributes`: all that are defined, oldest first. */
export function listAttributesRoute(app: FastifyInstance, context: Context): void {
  app.get('/group-attributes', requires({ global: true, reads: true }), async ({ caller }) => {
    const definitions = await listAttributeDefinitions(context.db, caller.orgId);
    return { attributes: definitions.map(toAttribute), totalCount: definitions.length };
  });
}
