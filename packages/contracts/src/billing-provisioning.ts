import { z } from 'zod';
import { email } from './fields.ts';
import { ids, JOB_MAX_TARGETS, jobOptions } from './job-options.ts';

/** `POST /api/v1/jobs` with kind `billing-provisioning`; the report goes to `notify_email`. */
export const billingProvisioningJobBody = z
  .strictObject({
    kind: z.literal('billing-provisioning'),
    group_ids: ids(JOB_MAX_TARGETS),
    notify_email: email.nullish(),
    ...jobOptions,
  })
  .meta({ id: 'BillingProvisioningJob' });
export type BillingProvisioningJobBody = z.infer<typeof billingProvisioningJobBody>;
