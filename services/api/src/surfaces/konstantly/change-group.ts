import { konstantlyGroupBody } from '@usher/contracts';
import { changeGroup } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from '../native/reply-once.ts';
import { readNumber } from './read-number.ts';
import { requireGroup } from './require-group.ts';
import { toGroup } from './resources.ts';

/** `PATCH /openapi/v1/groups/{id}`: 200 with the whole group. */
export function changeGroupRoute(app: FastifyInstance, context: Context): void {
  app.patch('/groups/:id', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    readNumber(request.params, 'Group');
    const body = validate(konstantlyGroupBody, request.body);
    const change = {
      name: body.name,
      parentNumber: body.parentId,
      description: body.description,
      attributes: body.attributes ?? undefined,
    };
    const patch = () =>
      replyOnce(context, request, reply, caller, async (trx) => {
        const { id } = await requireGroup(trx, request);
        const group = await changeGroup(trx, caller.orgId, id, change, actorOf(request));
        return { status: 200, body: toGroup(group) };
      });
    return body.parentId === undefined ? patch() : context.groupTrees(caller.orgId, patch);
  });
}
