import { idParams } from '@usher/contracts';
import { requireInvitation } from '@usher/directory';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { viewerOf } from './viewer.ts';

/** `GET /api/v1/invitations/{id}` */
export function getInvitation(app: FastifyInstance, context: Context): void {
  app.get('/invitations/:id', requires({ reads: true }), async (request) => {
    const { id } = validate(idParams, request.params);
    return requireInvitation(context.db, viewerOf(request.caller), id);
  });
}
