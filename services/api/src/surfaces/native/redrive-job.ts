import { idParams, redriveBody } from '@usher/contracts';
import { redriveJob, requireJob } from '@usher/jobs';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from './reply-once.ts';
import { viewerOf } from './viewer.ts';

/** `POST /api/v1/jobs/{id}/redrive`: 200 with the job, in a new round if there is anything to try. */
export function redriveJobRoute(app: FastifyInstance, context: Context): void {
  app.post('/jobs/:id/redrive', requires(), async (request, reply) => {
    const { caller } = request;
    const { id: jobId } = validate(idParams, request.params);
    const { codes, resend_email } = validate(redriveBody, request.body);
    request.jobId = jobId;
    const viewer = viewerOf(caller);
    let lanes: string[] = [];
    const answer = await replyOnce(context, request, reply, caller, async (trx) => {
      const by = actorOf(request);
      const redrive = { viewer, jobId, codes, resendEmail: resend_email, by };
      lanes = await redriveJob(trx, context.kinds, redrive);
      return { status: 200, body: { job: await requireJob(trx, viewer, jobId) } };
    });
    context.wake.notify(...lanes);
    return answer;
  });
}
