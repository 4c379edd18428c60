import { konstantlyGroupBody } from '@usher/contracts';
import { createGroup } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from '../native/reply-once.ts';
import { toGroup } from './resources.ts';

/**
 * `POST /openapi/v1/groups`: 200 with the group. Attributes that are required are asked for only where any
 * are sent: its documents know of none here.
 */
export function createGroupRoute(app: FastifyInstance, context: Context): void {
  app.post('/groups', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const body = validate(konstantlyGroupBody, request.body);
    const attributes = body.attributes ?? {};
    const wanted = {
      name: body.name,
      parentNumber: body.parentId,
      description: body.description,
      attributes: Object.keys(attributes).length > 0 ? attributes : undefined,
    };
    const post = () =>
      replyOnce(context, request, reply, caller, async (trx) => {
        const group = await createGroup(trx, caller.orgId, wanted, actorOf(request));
        return { status: 200, body: toGroup(group) };
      });
    const below = typeof body.parentId === 'number';
    return below ? context.groupTrees(caller.orgId, post) : post();
  });
}
