import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { handleErrors } from '../../http/handle-errors.ts';
import { sendErrorOf } from '../../http/surface.ts';
import { addToGroupsRoute } from './add-to-groups.ts';
import { changeGroupRoute } from './change-group.ts';
import { createAttributeRoute } from './create-attribute.ts';
import { createGroupRoute } from './create-group.ts';
import { deleteAttributeRoute } from './delete-attribute.ts';
import { deleteGroupRoute } from './delete-group.ts';
import { getGroup } from './get-group.ts';
import { inviteRoute } from './invite.ts';
import { listAttributesRoute } from './list-attributes.ts';
import { listGroupsRoute } from './list-groups.ts';
import { konstantly } from './surface.ts';

export function registerKonstantly(app: FastifyInstance, context: Context): void {
  handleErrors(app, sendErrorOf(konstantly));
  listGroupsRoute(app, context);
  getGroup(app, context);
  createGroupRoute(app, context);
  changeGroupRoute(app, context);
  deleteGroupRoute(app, context);
  listAttributesRoute(app, context);
  createAttributeRoute(app, context);
  deleteAttributeRoute(app, context);
  addToGroupsRoute(app, context);
  inviteRoute(app, context);
}
