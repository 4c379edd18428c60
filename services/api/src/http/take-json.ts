import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Bodies are JSON and nothing else. There may be none: many clients send the content type with
 * every request.
 */
export function takeJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    (request: FastifyRequest, body: string, done) => {
      if (body === '') return done(null, undefined);
      return parse(request, body, done);
    },
  );
}
