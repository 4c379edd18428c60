import { isUtf8 } from 'node:buffer';
import { PublicError } from '@usher/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const PLAIN = new Set([undefined, '', 'identity']);

/**
 * Bodies are JSON and nothing else. There may be none: many clients send the content type with
 * every request.
 */
export function takeJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done) => {
      if (body.length === 0) return done(null, undefined);
      if (!PLAIN.has(request.headers['content-encoding'])) {
        const message = 'The body must not be compressed';
        return done(new PublicError('unsupported_media_type', message));
      }
      // Decoded all the same, it would say something else than was meant.
      if (!isUtf8(body)) return done(new PublicError('invalid_json', 'The body is not UTF-8'));
      return parse(request, body.toString(), done);
    },
  );
}
