import { listGroupsQuery } from '@usher/contracts';
import { listGroups } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { refuseExternalId } from './external-id.ts';
import { toGroup } from './resources.ts';

/** `GET /api/v1/groups`: oldest first; partners may ask for the one with an `external_id`. */
export function listGroupsRoute(app: FastifyInstance, context: Context): void {
  app.get('/groups', requires({ global: true, reads: true }), async (request) => {
    const { caller } = request;
    const query = validate(listGroupsQuery, request.query);
    refuseExternalId(caller, query.external_id);
    const groups = await listGroups(context.db, caller.orgId, { externalId: query.external_id });
    return { groups: groups.map((group) => toGroup(group, caller)) };
  });
}
