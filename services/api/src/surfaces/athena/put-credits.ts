import { groupCreditsBody, PublicError } from '@usher/contracts';
import { setGroupCredits } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { toCredits } from './to-credits.ts';

/** `PUT /api/v1/credits/group`: sets the amounts it names; partners alone, provisioned groups alone. */
export function putCredits(app: FastifyInstance, context: Context): void {
  app.put('/credits/group', requires({ global: true }), async (request) => {
    const { caller } = request;
    if (!caller.partner) throw new PublicError('forbidden', 'Only partners may set credits');
    const { group_id, monthly, one_off } = validate(groupCreditsBody, request.body);
    const amounts = { monthly, oneOff: one_off };
    const { orgId } = caller;
    const by = actorOf(request);
    const credits = await setGroupCredits(context.db, orgId, group_id, amounts, by);
    return { credits: toCredits(credits) };
  });
}
