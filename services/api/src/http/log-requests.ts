import { maskAddresses } from '@usher/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The job that this request made or read, for its log line. */
    jobId?: string;
  }
}

/** One wide line per request. */
export function logRequests(app: FastifyInstance): void {
  app.decorateRequest('jobId');
  app.addHook('onResponse', async (request, reply) => logRequest(request, reply));
}

/** Paths without their query: accept tokens travel in one. */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  if (request.url.startsWith('/health/')) return;
  const path = request.url.split('?', 1)[0] as string;
  request.log.info(
    {
      method: request.method,
      path: path.replace(/[^/]+/g, maskAddresses),
      status: reply.statusCode,
      job_id: request.jobId,
      duration_ms: Math.round(reply.elapsedTime),
    },
    'request',
  );
}
