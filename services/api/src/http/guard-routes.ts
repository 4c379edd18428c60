import { PublicError } from '@usher/contracts';
import type { Caller } from '@usher/directory';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { findSurface } from '../surfaces/surface-of.ts';
import { authenticate, meter, type Requirement } from './authenticate.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may come here; a route without it is open to everybody. */
    requires?: Requirement;
  }
  interface FastifyRequest {
    /** Who asks; only where the route's `config` says what it requires. */
    readonly caller: Caller;
  }
}

/** The options of a route that only callers reach; its handler has them as `request.caller`. */
export const requires = (requirement: Requirement = {}) => ({ config: { requires: requirement } });

/**
 * Authenticate and count every request before its body is read: what is wrong with that is told to
 * callers alone, and each attempt counts. So do a caller's requests for what is no route.
 */
export function guardRoutes(app: FastifyInstance, context: Context): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  app.decorateRequest('caller', {
    getter() {
      const caller = callers.get(this);
      if (!caller) throw new Error(`${this.routeOptions.url} does not say what it requires`);
      return caller;
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    const { requires } = request.routeOptions.config;
    if (requires) callers.set(request, await authenticate(context, request, reply, requires));
    if (!request.is404) return;
    await meterUnrouted(context, request, reply);
    const path = request.url.split('?', 1)[0];
    throw new PublicError('not_found', `No route for ${request.method} ${path}`);
  });
}

/** @throws {PublicError} `rate_limited`. */
export async function meterUnrouted(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (findSurface(request.url)) await meter(context, request, reply);
}
