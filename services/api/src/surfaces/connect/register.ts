import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { handleErrors } from '../../http/handle-errors.ts';
import { sendErrorOf } from '../../http/surface.ts';
import { changeGroupRoute } from './change-group.ts';
import { createGroupRoute } from './create-group.ts';
import { getGroup } from './get-group.ts';
import { getMembersSync } from './get-members-sync.ts';
import { issueAccessToken } from './issue-access-token.ts';
import { listGroupsRoute } from './list-groups.ts';
import { connect } from './surface.ts';
import { syncMembers } from './sync-members.ts';

export function registerConnect(app: FastifyInstance, context: Context): void {
  handleErrors(app, sendErrorOf(connect));
  issueAccessToken(app, context);
  listGroupsRoute(app, context);
  createGroupRoute(app, context);
  getGroup(app, context);
  changeGroupRoute(app, context);
  syncMembers(app, context);
  getMembersSync(app, context);
}
