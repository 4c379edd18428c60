import { inviteBody, PublicError, type InviteResult } from '@usher/contracts';
import { parseInvite } from '@usher/kinds';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { inviteAndWait } from './invite-bulk.ts';

const REFUSALS = {
  group: 'An API key for single websites cannot invite to groups',
  organization: 'An API key for single websites cannot invite to the organization',
};

/**
 * `POST /api/v1/invites`: to one website, group or the organization itself. A bulk invite of one target,
 * whose outcome is the answer: what is wrong with the target is no error of the request here either.
 * Who sent no `Prefer` is not answered 202: what is not done within the wait is a 503, and not done later.
 */
export function invite(app: FastifyInstance, context: Context): void {
  app.post('/invites', requires(), async (request, reply): Promise<InviteResult | typeof reply> => {
    const { caller } = request;
    const body = validate(inviteBody, request.body);
    if (body.type !== 'website' && caller.scopedTo) {
      throw new PublicError('forbidden', REFUSALS[body.type]);
    }
    const parsed = parseInvite(body, caller);
    const done = await inviteAndWait(context, [request, reply], parsed, { unasked202: false });
    const [target] = done?.targets ?? [];
    if (!target) return reply;
    return {
      success: target.status === 'succeeded',
      message: target.message ?? '',
      ...target.detail,
    };
  });
}
