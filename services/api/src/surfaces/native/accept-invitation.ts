import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';

export function acceptInvitationRoute(_app: FastifyInstance, _context: Context): void {}
