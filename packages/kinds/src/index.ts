export { BILLING_GATE } from './billing/kind.ts';
export { parseBillingProvisioning, type BillingInput } from './billing/input.ts';
export type { BillingProvider } from './billing/provider.ts';
export {
  reconcileBilling,
  type BillingDifference,
  type BillingReport,
} from './billing/reconcile/reconcile-billing.ts';
export { whileLeading } from './billing/reconcile/while-leading.ts';
export {
  inputOf,
  parseBulkInvite,
  parseInvite,
  type BulkInviteInput,
} from './bulk-invite/input.ts';
export { resendInvitation, type Resending } from './bulk-invite/resend-invitation.ts';
export type { Mailer } from './email/mailer.ts';
export type { WebhookResult, WebhookSender } from './webhook/sender.ts';
export { acceptRoster } from './roster-sync/accept-roster.ts';
export { parseRoster, type RosterInput } from './roster-sync/input.ts';
export { findRosterSync, type RosterSync } from './roster-sync/read-sync.ts';
export { jobKinds, taskKinds, type JobKind, type KindOptions } from './registry.ts';
