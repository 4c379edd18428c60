import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { handleErrors } from '../../http/handle-errors.ts';
import { acceptInvitationRoute } from './accept-invitation.ts';
import { sendProblem } from './errors.ts';
import { getJob } from './get-job.ts';
import { listJobsRoute } from './list-jobs.ts';
import { listTargetsRoute } from './list-targets.ts';
import { submitJobRoute } from './submit-job.ts';

const ROOTS =
  /^\/api\/v1\/(jobs|imports|webhook-endpoints|deliveries|invitations|audit-log)(?:[/?]|$)/;

/** Whether a path is the native surface's: everything else under `/api/v1` is Athena's. */
export const isNative = (url: string): boolean => ROOTS.test(url);

export function registerNative(app: FastifyInstance, context: Context): void {
  handleErrors(app, sendProblem);
  submitJobRoute(app, context);
  listJobsRoute(app, context);
  getJob(app, context);
  listTargetsRoute(app, context);
  acceptInvitationRoute(app, context);
}
