import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { handleErrors } from '../../http/handle-errors.ts';
import { sendAthenaError } from './errors.ts';
import { inviteBulk } from './invite-bulk.ts';

export function registerAthena(app: FastifyInstance, context: Context): void {
  handleErrors(app, sendAthenaError);
  inviteBulk(app, context);
}
