import type { BillingProvisioningJobBody } from '@usher/contracts';
import type { GroupChange } from '@usher/directory';

/** What a billing-provisioning job remembers of its request, beside its groups. */
export interface BillingInput {
  /** Who gets the report at the end; null for nobody. */
  notify_email: string | null;
  /** Changes of the one group that apply together with its flag. */
  change: Omit<GroupChange, 'billingEnabled'> | null;
  /** The one group is still to be made, under the target's id. */
  create: { name: string; websiteIds: string[]; externalId: string | null } | null;
}

export const billingInputOf = (job: { input: object }): BillingInput => job.input as BillingInput;

/** Split a validated body into what the job remembers and its targets, in request order. */
export function parseBillingProvisioning(body: BillingProvisioningJobBody): {
  input: BillingInput;
  targetIds: string[];
} {
  return {
    input: { notify_email: body.notify_email ?? null, change: null, create: null },
    targetIds: body.group_ids,
  };
}
