import type { Kind, KindOfJob } from '@usher/jobs';
import { billingProvisioning, type BillingOptions } from './billing/kind.ts';
import { bulkInvite } from './bulk-invite/kind.ts';
import { emailKind, type EmailOptions } from './email/kind.ts';
import { rosterSync } from './roster-sync/kind.ts';
import { webhookKind, type WebhookOptions } from './webhook/kind.ts';

/** The kinds of job that a client can submit. A new one is a line here and a folder beside it. */
export type JobKind = 'bulk-invite' | 'billing-provisioning' | 'roster-sync';

export interface KindOptions {
  invitationTtlHours: number;
  billing: BillingOptions['provider'];
  billingName?: BillingOptions['name'];
  retryBaseMs: number;
}

/** What the API needs: how to accept each kind of job. */
export function jobKinds(options: KindOptions): Record<JobKind, KindOfJob> {
  const { billing: provider, billingName: name, retryBaseMs } = options;
  return {
    'bulk-invite': bulkInvite(options),
    'billing-provisioning': billingProvisioning({ provider, name, retryBaseMs }),
    'roster-sync': rosterSync(),
  };
}

/** What a worker needs: every kind of task it may meet. */
export function taskKinds(
  options: KindOptions & EmailOptions & { webhooks: WebhookOptions },
): Record<string, Kind> {
  return {
    ...jobKinds(options),
    email: emailKind(options),
    webhook: webhookKind(options.webhooks),
  };
}
