import { createGunzip } from 'node:zlib';
import { SURFACES } from '@usher/contracts/operations';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../context.ts';
import { readBundle } from './bundle.ts';
import { documentOf } from './documents.ts';
import { REFERENCE_POLICY, referencePage, START_SCRIPT } from './page.ts';

const JAVASCRIPT = 'text/javascript; charset=utf-8';
/** It changes with a release alone; then an old one does no harm. */
const FOR_AN_HOUR = 'public, max-age=3600';

/** `/openapi/{surface}.json`, and `/docs`, where people read them: both for everybody, without a key. */
export function registerReference(app: FastifyInstance, { config }: Context): void {
  for (const surface of SURFACES) {
    app.get(`/openapi/${surface}.json`, async (request, reply) => {
      const { text, etag } = await documentOf(surface);
      reply.headers({
        etag,
        'cache-control': 'public, no-cache',
        // Tools in browsers may read what everybody may.
        'access-control-allow-origin': '*',
        'x-content-type-options': 'nosniff',
      });
      const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim());
      if (known?.some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag)) {
        return reply.code(304).send();
      }
      return reply.type('application/json; charset=utf-8').send(text);
    });
  }

  app.get('/docs', async (_, reply) =>
    reply
      .headers({
        'content-security-policy': REFERENCE_POLICY,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
      .type('text/html; charset=utf-8')
      .send(referencePage(config.productName)),
  );
  app.get('/docs/start.js', async (_, reply) => reply.type(JAVASCRIPT).send(START_SCRIPT));
  app.get('/docs/scalar.js', async (request, reply) => {
    const compressed = await readBundle();
    const takesGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    reply.headers({ 'cache-control': FOR_AN_HOUR, vary: 'accept-encoding' }).type(JAVASCRIPT);
    if (takesGzip) return reply.header('content-encoding', 'gzip').send(compressed);
    const plain = createGunzip();
    plain.end(compressed);
    return reply.send(plain);
  });
}
