import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Many clients send `content-type: application/json` with everything, a DELETE without a body too:
 * that is no broken JSON.
 */
export function takeEmptyDeletes(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    (request: FastifyRequest, body: string, done) => {
      if (body === '' && request.method === 'DELETE') return done(null, undefined);
      return parse(request, body, done);
    },
  );
}
