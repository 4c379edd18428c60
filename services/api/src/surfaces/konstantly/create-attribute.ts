import { createGroupAttributeBody } from '@usher/contracts';
import { createAttributeDefinition } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from '../native/reply-once.ts';
import { toAttribute } from './resources.ts';

/** `POST /openapi/v1/group-attributes`: 200 with what was defined. */
export function createAttributeRoute(app: FastifyInstance, context: Context): void {
  app.post('/group-attributes', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const wanted = validate(createGroupAttributeBody, request.body);
    return replyOnce(context, request, reply, caller, async (trx) => {
      const by = actorOf(request);
      const definition = await createAttributeDefinition(trx, caller.orgId, wanted, by);
      return { status: 200, body: toAttribute(definition) };
    });
  });
}
