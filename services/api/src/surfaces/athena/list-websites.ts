import { listWebsites } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { toWebsite } from './resources.ts';

/** `GET /api/v1/websites`: oldest first; a scoped key sees its own. */
export function listWebsitesRoute(app: FastifyInstance, context: Context): void {
  app.get('/websites', requires({ reads: true }), async (request) => {
    const { caller } = request;
    const websites = await listWebsites(context.db, caller.orgId, caller.scopedTo);
    return { websites: websites.map((website) => toWebsite(website, caller)) };
  });
}
