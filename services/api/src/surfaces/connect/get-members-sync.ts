import { PublicError } from '@usher/contracts';
import { findRosterSync } from '@usher/kinds';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { groupIdOf, syncIdOf } from './ids.ts';
import { toMembersSync } from './to-members-sync.ts';

/** `GET /v1/groups/{id}/members/sync/{request_id}`: the receipt, and what came of it once it is done. */
export function getMembersSync(app: FastifyInstance, context: Context): void {
  const options = requires({ global: true, reads: true });
  app.get('/groups/:id/members/sync/:request_id', options, async (request) => {
    const { orgId } = request.caller;
    const groupId = groupIdOf(request);
    const jobId = syncIdOf(request);
    const sync = jobId && (await findRosterSync(context.db, { orgId, groupId, jobId }));
    if (!sync) throw new PublicError('not_found', 'Members sync not found');
    return { data: toMembersSync(sync) };
  });
}
