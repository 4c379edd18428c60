import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { handleErrors } from '../../http/handle-errors.ts';
import { sendErrorOf } from '../../http/surface.ts';
import { changeGroupRoute } from './change-group.ts';
import { createGroupRoute } from './create-group.ts';
import { createWebsite } from './create-website.ts';
import { getCredits } from './get-credits.ts';
import { getGroup } from './get-group.ts';
import { inviteBulk } from './invite-bulk.ts';
import { invite } from './invite.ts';
import { listGroupsRoute } from './list-groups.ts';
import { listMembers } from './list-members.ts';
import { listWebsitesRoute } from './list-websites.ts';
import { putCredits } from './put-credits.ts';
import { removeMember } from './remove-member.ts';
import { revokeInviteRoute } from './revoke-invite.ts';
import { athena } from './surface.ts';

export function registerAthena(app: FastifyInstance, context: Context): void {
  handleErrors(app, sendErrorOf(athena));
  inviteBulk(app, context);
  invite(app, context);
  createWebsite(app, context);
  listWebsitesRoute(app, context);
  listMembers(app, context);
  removeMember(app, context);
  createGroupRoute(app, context);
  changeGroupRoute(app, context);
  listGroupsRoute(app, context);
  getGroup(app, context);
  revokeInviteRoute(app, context);
  getCredits(app, context);
  putCredits(app, context);
}
