export { inputOf, parseBulkInvite, type BulkInviteInput } from './bulk-invite/input.ts';
export type { Mailer } from './email/mailer.ts';
export { jobKinds, taskKinds, type JobKind, type KindOptions } from './registry.ts';
