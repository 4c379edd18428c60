import { createHash } from 'node:crypto';
import { createGroupBody, PublicError } from '@usher/contracts';
import { newId } from '@usher/db';
import { assertNewGroup, createGroup, findGroup, type Caller, type Group } from '@usher/directory';
import { answerOnce, type IdempotencyClaim } from '@usher/jobs';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import { requireBilling } from '../../http/require-billing.ts';
import { validate } from '../../http/validate.ts';
import { refuseExternalId } from './external-id.ts';
import { provisionGroup } from './provision-group.ts';
import { toGroup } from './resources.ts';

/** `POST /api/v1/groups`: 201 with the group, `websiteIds` in place of `websites`. */
export function createGroupRoute(app: FastifyInstance, context: Context): void {
  app.post('/groups', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const body = validate(createGroupBody, request.body);
    refuseExternalId(caller, body.external_id);
    const wanted = {
      name: body.name,
      websiteIds: body.website_ids,
      externalId: body.external_id ?? null,
    };
    if (body.billing_enabled) {
      requireBilling(context);
      const input = { notify_email: null, change: null, create: wanted };
      const made = {
        groupId: idOfNewGroup(caller, readIdempotencyKey(request)),
        input,
        provisioned: false,
        refuseEarly: () => assertNewGroup(context.db, caller.orgId, wanted),
      };
      const id = await provisionGroup(context, caller, made, [request, reply]);
      if (id === undefined) return reply;
      const group = await findGroup(context.db, caller.orgId, id);
      if (!group) throw new PublicError('not_found', 'Group not found');
      return reply.code(201).send({ group: toNewGroup(group, caller) });
    }
    const key = readIdempotencyKey(request);
    const answer = await answerOnce(
      context.db,
      key && { ...key, orgId: caller.orgId },
      async (trx) => {
        const made = await createGroup(trx, caller.orgId, wanted, actorOf(request));
        return { status: 201, body: { group: toNewGroup(made, caller) } };
      },
    );
    if (answer.replayed) reply.header('idempotent-replayed', 'true');
    return reply.code(answer.status).send(answer.body);
  });
}

/**
 * The same for every try under one key, so that a repeat adopts what an earlier try left upstream (a
 * uuid of version 8: RFC 9562).
 */
function idOfNewGroup(caller: Caller, key: IdempotencyClaim | undefined): string {
  if (!key) return newId();
  const hash = createHash('sha256').update(JSON.stringify([caller.orgId, key.route, key.key]));
  const hex = hash.digest('hex').slice(0, 32).split('');
  hex[12] = '8';
  hex[16] = '8';
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function toNewGroup(made: Group, caller: Caller) {
  const { websites, ...group } = toGroup(made, caller);
  return { ...group, websiteIds: websites.map((website) => website.id) };
}
