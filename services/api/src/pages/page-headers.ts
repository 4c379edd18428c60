import type { FastifyInstance } from 'fastify';
import type { Context } from '../context.ts';
import { STYLESHEET_SOURCE } from './stylesheet.ts';

/**
 * Nothing runs, nothing is loaded, framed, cached, indexed or told to where the person goes next: the
 * address of these pages is a permission.
 */
export function sendPageHeaders(app: FastifyInstance, { config }: Context): void {
  const headers = {
    'content-security-policy': contentSecurityPolicy(config.acceptRedirectUrl),
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex',
  };
  app.addHook('onRequest', async (_, reply) => {
    reply.headers(headers);
  });
}

function contentSecurityPolicy(redirectUrl: string | undefined): string {
  // Browsers hold every redirect that answers a form against form-action: ours, and the product's own
  // ones that follow it, to its login for one.
  const destinations = redirectUrl === undefined ? '' : ` https: ${new URL(redirectUrl).origin}`;
  return [
    "default-src 'none'",
    `style-src ${STYLESHEET_SOURCE}`,
    `form-action 'self'${destinations}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}
