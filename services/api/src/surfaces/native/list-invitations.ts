import { listInvitationsQuery } from '@usher/contracts';
import { listInvitations } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { viewerOf } from './viewer.ts';

/** `GET /api/v1/invitations`: newest first. */
export function listInvitationsRoute(app: FastifyInstance, context: Context): void {
  app.get('/invitations', requires({ reads: true }), async (request) => {
    const query = validate(listInvitationsQuery, request.query);
    return listInvitations(context.db, viewerOf(request.caller), query);
  });
}
