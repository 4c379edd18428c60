import type { JobResource } from '@usher/contracts';
import type { Submitted } from '@usher/jobs';
import type { FastifyReply, FastifyRequest } from 'fastify';

const POLL_AGAIN_S = 1;

/** 202: the job exists and will be done. Where it is, when to look again, and what is said only now. */
export function acknowledge(
  request: FastifyRequest,
  reply: FastifyReply,
  submitted: Submitted,
  job: JobResource,
  extra: { callback_secret?: string } = {},
): FastifyReply {
  request.jobId = job.id;
  if (submitted.replayed) reply.header('idempotent-replayed', 'true');
  return reply
    .code(202)
    .header('location', job.links.self)
    .header('retry-after', POLL_AGAIN_S)
    .send({ job, ...extra });
}
