import { auditOperations, invitationOperations } from './invitations.ts';
import { jobOperations } from './jobs.ts';
import type { Operation } from './operation.ts';
import { deliveryOperations, endpointOperations } from './webhooks.ts';

/** The resources beside Athena's under `/api/v1`. */
export const nativeOperations: Operation[] = [
  ...jobOperations,
  ...invitationOperations,
  ...endpointOperations,
  ...deliveryOperations,
  ...auditOperations,
];
