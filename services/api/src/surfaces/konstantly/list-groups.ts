import { listKonstantlyGroupsQuery } from '@usher/contracts';
import { pageGroups } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { toGroup } from './resources.ts';

/** `GET /openapi/v1/groups?offset=&limit=`: oldest first, and how many there are in all. */
export function listGroupsRoute(app: FastifyInstance, context: Context): void {
  app.get('/groups', requires({ global: true, reads: true }), async (request) => {
    const query = validate(listKonstantlyGroupsQuery, request.query);
    const { groups, total } = await pageGroups(context.db, request.caller.orgId, query);
    return { groups: groups.map(toGroup), totalCount: total };
  });
}
