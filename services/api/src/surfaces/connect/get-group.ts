import { PublicError } from '@usher/contracts';
import { findGroup } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { groupIdOf } from './ids.ts';
import { toGroup } from './to-group.ts';

/** `GET /v1/groups/{id}` */
export function getGroup(app: FastifyInstance, context: Context): void {
  app.get('/groups/:id', requires({ global: true, reads: true }), async (request) => {
    const group = await findGroup(context.db, request.caller.orgId, groupIdOf(request));
    if (!group) throw new PublicError('not_found', 'Group not found');
    return { data: toGroup(group) };
  });
}
