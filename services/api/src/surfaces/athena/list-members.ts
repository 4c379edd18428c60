import { idParams } from '@usher/contracts';
import { listWebsiteMembers } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { assertInScope } from './assert-in-scope.ts';
import { toMember } from './resources.ts';

/** `GET /api/v1/websites/{id}/members`: everybody who reaches the website, directly or by a group. */
export function listMembers(app: FastifyInstance, context: Context): void {
  app.get('/websites/:id/members', requires({ reads: true }), async (request) => {
    const { caller } = request;
    const { id } = validate(idParams, request.params);
    assertInScope(caller, id);
    const members = await listWebsiteMembers(context.db, caller.orgId, id);
    return { members: members.map(toMember) };
  });
}
