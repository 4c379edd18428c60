import { createConnectGroupBody } from '@usher/contracts';
import { createGroup } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from '../native/reply-once.ts';
import { toGroup } from './to-group.ts';

/** `POST /v1/groups`: 201 with a group that has no websites yet. */
export function createGroupRoute(app: FastifyInstance, context: Context): void {
  app.post('/groups', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const { name, external_reference_id } = validate(createConnectGroupBody, request.body);
    const wanted = { name, websiteIds: [], externalId: external_reference_id };
    return replyOnce(context, request, reply, caller, async (trx) => {
      const group = await createGroup(trx, caller.orgId, wanted, actorOf(request));
      return { status: 201, body: { data: toGroup(group) } };
    });
  });
}
