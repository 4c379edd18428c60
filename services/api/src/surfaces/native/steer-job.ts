import { emptyBody, idParams } from '@usher/contracts';
import { cancelJob, pauseJob, requireJob, resumeJob } from '@usher/jobs';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';
import { replyOnce } from './reply-once.ts';
import { viewerOf } from './viewer.ts';

const VERBS = { cancel: cancelJob, pause: pauseJob, resume: resumeJob };

/** `POST /api/v1/jobs/{id}/cancel`, `/pause`, `/resume`: idempotent; 200 with the job as it is now. */
export function steerJobRoutes(app: FastifyInstance, context: Context): void {
  for (const [verb, steer] of Object.entries(VERBS)) {
    app.post(`/jobs/:id/${verb}`, requires(), async (request, reply) => {
      const { caller } = request;
      const { id } = validate(idParams, request.params);
      validate(emptyBody, request.body);
      request.jobId = id;
      const viewer = viewerOf(caller);
      const woken: string[] = [];
      const wake = { notify: (...names: string[]) => void woken.push(...names) };
      await replyOnce(context, request, reply, caller, async (trx) => {
        await steer({ db: trx, wake }, viewer, id, actorOf(request));
        return { status: 200, body: { job: await requireJob(trx, viewer, id) } };
      });
      context.wake.notify(...woken);
      return reply;
    });
  }
}
