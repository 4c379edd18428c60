import type { FastifyInstance } from 'fastify';
import type { Context } from '../context.ts';

/** Pages for people: they work without JavaScript. */
export function registerPages(_app: FastifyInstance, _context: Context): void {}
