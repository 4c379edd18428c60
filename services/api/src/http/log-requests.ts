import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The job that this request made or read, for its log line. */
    jobId?: string;
  }
}

/** One wide line per request. Paths without their query: accept tokens travel in one. */
export function logRequests(app: FastifyInstance): void {
  app.decorateRequest('jobId');
  app.addHook('onResponse', async (request, reply) => {
    if (request.url.startsWith('/health/')) return;
    request.log.info(
      {
        method: request.method,
        path: request.url.split('?', 1)[0],
        status: reply.statusCode,
        job_id: request.jobId,
        duration_ms: Math.round(reply.elapsedTime),
      },
      'request',
    );
  });
}
