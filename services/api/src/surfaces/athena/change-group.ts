import { changeGroupBody, PublicError, idParams } from '@usher/contracts';
import {
  assertGroupChange,
  changeGroup,
  findGroup,
  isProvisioned,
  type Group,
} from '@usher/directory';
import { answerOnce } from '@usher/jobs';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import { requireBilling } from '../../http/require-billing.ts';
import { validate } from '../../http/validate.ts';
import { provisionGroup } from './provision-group.ts';
import { toGroup } from './resources.ts';

/**
 * `PATCH /api/v1/groups/{id}`: all fields together or none. Only enabling billing has to wait for
 * anybody else.
 */
export function changeGroupRoute(app: FastifyInstance, context: Context): void {
  app.patch('/groups/:id', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    const body = validate(changeGroupBody, request.body);
    if (body.external_id !== undefined && !caller.partner) {
      throw new PublicError('forbidden', 'external_id is for partner organizations');
    }
    const change = {
      name: body.name,
      addWebsiteIds: body.add_website_ids,
      removeWebsiteIds: body.remove_website_ids,
      externalId: body.external_id,
    };
    const show = (group: Group) => ({ group: toGroup(group, caller) });
    if (body.billing_enabled !== true) {
      const key = readIdempotencyKey(request);
      const answer = await answerOnce(
        context.db,
        key && { ...key, orgId: caller.orgId },
        async (trx) => {
          const { billing_enabled: billingEnabled } = body;
          const wanted = { ...change, billingEnabled };
          const group = await changeGroup(trx, caller.orgId, id, wanted, actorOf(request));
          return { status: 200, body: show(group) };
        },
      );
      if (answer.replayed) reply.header('idempotent-replayed', 'true');
      return answer.body;
    }

    requireBilling(context);
    const provisioned = await isProvisioned(context.db, caller.orgId, id);
    const input = { notify_email: null, create: null, change };
    const refuseEarly = () => assertGroupChange(context.db, caller.orgId, id, change);
    const wanted = { groupId: id, input, provisioned, refuseEarly };
    const done = await provisionGroup(context, caller, wanted, [request, reply]);
    if (done === undefined) return reply;
    const group = await findGroup(context.db, caller.orgId, done);
    if (!group) throw new PublicError('not_found', 'Group not found');
    return show(group);
  });
}
