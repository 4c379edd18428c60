import { PublicError, idParams } from '@usher/contracts';
import { findGroup } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { toGroup } from './resources.ts';

/** `GET /api/v1/groups/{id}` */
export function getGroup(app: FastifyInstance, context: Context): void {
  app.get('/groups/:id', requires({ global: true, reads: true }), async (request) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    const group = await findGroup(context.db, caller.orgId, id);
    if (!group) throw new PublicError('not_found', 'Group not found');
    return { group: toGroup(group, caller) };
  });
}
