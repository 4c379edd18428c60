import {
  listConnectGroupsQuery,
  type ConnectGroupResource,
  type ConnectPagination,
} from '@usher/contracts';
import { pageGroups } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { toGroup } from './to-group.ts';

interface Page {
  data: ConnectGroupResource[];
  pagination: ConnectPagination;
}

/** `GET /v1/groups`: oldest first, in pages; or the one with an `external_reference_id`. */
export function listGroupsRoute(app: FastifyInstance, context: Context): void {
  app.get('/groups', requires({ global: true, reads: true }), async (request): Promise<Page> => {
    const { orgId } = request.caller;
    const query = validate(listConnectGroupsQuery, request.query);
    const { page, limit, external_reference_id: externalId } = query;
    const offset = (page - 1) * limit;
    const { groups, total } = await pageGroups(context.db, orgId, { offset, limit, externalId });
    const pagination = { page, limit, total, total_pages: Math.ceil(total / limit) };
    return { data: groups.map(toGroup), pagination };
  });
}
