import { addToGroupsBody } from '@usher/contracts';
import { addUserToGroups } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from '../native/reply-once.ts';
import { readNumber } from './read-number.ts';
import { toGroup } from './resources.ts';

/** `POST /openapi/v1/users/{id}/groups`: into all of them or none; 200 with those groups. */
export function addToGroupsRoute(app: FastifyInstance, context: Context): void {
  app.post('/users/:id/groups', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const user = readNumber(request.params, 'User');
    const { groups } = validate(addToGroupsBody, request.body);
    return replyOnce(context, request, reply, caller, async (trx) => {
      const now = await addUserToGroups(trx, caller.orgId, user, groups, actorOf(request));
      return { status: 200, body: { groups: now.map(toGroup) } };
    });
  });
}
