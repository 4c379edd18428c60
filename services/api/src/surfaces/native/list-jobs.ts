import { listJobsQuery } from '@usher/contracts';
import { listJobs } from '@usher/jobs';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { viewerOf } from './viewer.ts';

/** `GET /api/v1/jobs`: newest first. */
export function listJobsRoute(app: FastifyInstance, context: Context): void {
  app.get('/jobs', requires({ counted: false, reads: true }), async (request) => {
    const { caller } = request;
    return listJobs(context.db, viewerOf(caller), validate(listJobsQuery, request.query));
  });
}
