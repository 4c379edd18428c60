import { listJobsQuery } from '@usher/contracts';
import { listJobs } from '@usher/jobs';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { authenticate } from '../../http/authenticate.ts';
import { validate } from '../../http/validate.ts';
import { viewerOf } from './viewer.ts';

/** `GET /api/v1/jobs`: newest first. */
export function listJobsRoute(app: FastifyInstance, context: Context): void {
  app.get('/jobs', async (request, reply) => {
    const caller = await authenticate(context, request, reply, { counted: false, reads: true });
    return listJobs(context.db, viewerOf(caller), validate(listJobsQuery, request.query));
  });
}
