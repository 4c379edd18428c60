import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { handleErrors } from '../../http/handle-errors.ts';
import { acceptInvitationRoute } from './accept-invitation.ts';
import { changeEndpointRoute } from './change-endpoint.ts';
import { createEndpointRoute } from './create-endpoint.ts';
import { deleteEndpointRoute } from './delete-endpoint.ts';
import { enableEndpointRoute } from './enable-endpoint.ts';
import { sendProblem } from './errors.ts';
import { getDelivery } from './get-delivery.ts';
import { getEndpoint } from './get-endpoint.ts';
import { getInvitation } from './get-invitation.ts';
import { getJob } from './get-job.ts';
import { listAuditLogRoute } from './list-audit-log.ts';
import { listDeliveriesRoute } from './list-deliveries.ts';
import { listEndpointsRoute } from './list-endpoints.ts';
import { listInvitationsRoute } from './list-invitations.ts';
import { listJobsRoute } from './list-jobs.ts';
import { listTargetsRoute } from './list-targets.ts';
import { recoverEndpointRoute } from './recover-endpoint.ts';
import { replayDeliveriesRoute } from './replay-deliveries.ts';
import { replayDeliveryRoute } from './replay-delivery.ts';
import { resendInvitationRoute } from './resend-invitation.ts';
import { revokeInvitationRoute } from './revoke-invitation.ts';
import { rotateSecretRoute } from './rotate-secret.ts';
import { redriveJobRoute } from './redrive-job.ts';
import { steerJobRoutes } from './steer-job.ts';
import { submitJobRoute } from './submit-job.ts';
import { testEndpointRoute } from './test-endpoint.ts';
import { watchJobRoute } from './watch-job.ts';

const ROOTS =
  /^\/api\/v1\/(jobs|imports|webhook-endpoints|deliveries|invitations|audit-log)(?:[/?]|$)/;

/** Whether a path is the native surface's: everything else under `/api/v1` is Athena's. */
export const isNative = (url: string): boolean => ROOTS.test(url);

export function registerNative(app: FastifyInstance, context: Context): void {
  handleErrors(app, sendProblem);
  submitJobRoute(app, context);
  steerJobRoutes(app, context);
  redriveJobRoute(app, context);
  listJobsRoute(app, context);
  getJob(app, context);
  listTargetsRoute(app, context);
  watchJobRoute(app, context);
  acceptInvitationRoute(app, context);
  listInvitationsRoute(app, context);
  getInvitation(app, context);
  revokeInvitationRoute(app, context);
  resendInvitationRoute(app, context);
  listAuditLogRoute(app, context);
  createEndpointRoute(app, context);
  listEndpointsRoute(app, context);
  getEndpoint(app, context);
  changeEndpointRoute(app, context);
  deleteEndpointRoute(app, context);
  enableEndpointRoute(app, context);
  rotateSecretRoute(app, context);
  testEndpointRoute(app, context);
  recoverEndpointRoute(app, context);
  listDeliveriesRoute(app, context);
  getDelivery(app, context);
  replayDeliveryRoute(app, context);
  replayDeliveriesRoute(app, context);
}
