import { groupCreditsQuery } from '@usher/contracts';
import { findGroupCredits } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { toCredits } from './to-credits.ts';

/** `GET /api/v1/credits/group?group_id=`: zeros for a group whose credits were never set. */
export function getCredits(app: FastifyInstance, context: Context): void {
  app.get('/credits/group', requires({ global: true, reads: true }), async (request) => {
    const { caller } = request;
    const { group_id } = validate(groupCreditsQuery, request.query);
    const credits = await findGroupCredits(context.db, caller.orgId, group_id);
    return { credits: toCredits(credits) };
  });
}
