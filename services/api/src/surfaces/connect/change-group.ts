import { changeConnectGroupBody } from '@usher/contracts';
import { changeGroup } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from '../native/reply-once.ts';
import { groupIdOf } from './ids.ts';
import { toGroup } from './to-group.ts';

/** `PATCH /v1/groups/{id}`: sets what it names. Clients repeat it unasked, which changes nothing more. */
export function changeGroupRoute(app: FastifyInstance, context: Context): void {
  app.patch('/groups/:id', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const id = groupIdOf(request);
    const { name, external_reference_id } = validate(changeConnectGroupBody, request.body);
    const change = { name, externalId: external_reference_id };
    return replyOnce(context, request, reply, caller, async (trx) => {
      const group = await changeGroup(trx, caller.orgId, id, change, actorOf(request));
      return { status: 200, body: { data: toGroup(group) } };
    });
  });
}
