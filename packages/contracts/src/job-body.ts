import { z } from 'zod';
import { billingProvisioningJobBody } from './billing-provisioning.ts';
import { bulkInviteJobBody } from './bulk-invite.ts';

/** The body of `POST /api/v1/jobs`: the fields depend on the kind. */
export const jobBody = z
  .discriminatedUnion(
    'kind',
    [bulkInviteJobBody, billingProvisioningJobBody],
    'must be bulk-invite or billing-provisioning',
  )
  .meta({ id: 'JobBody' });
export type JobBody = z.infer<typeof jobBody>;
