import type { DatabaseKind, Kind } from '@usher/jobs';
import { bulkInvite } from './bulk-invite/kind.ts';
import { emailKind, type EmailOptions } from './email/kind.ts';

/** The kinds of job that a client can submit. A new one is a line here and a folder beside it. */
export type JobKind = 'bulk-invite';

export interface KindOptions {
  invitationTtlHours: number;
}

/** What the API needs: how to accept each kind of job. */
export function jobKinds(options: KindOptions): Record<JobKind, DatabaseKind> {
  return { 'bulk-invite': bulkInvite(options) };
}

/** What a worker needs: every kind of task it may meet. */
export function taskKinds(options: KindOptions & EmailOptions): Record<string, Kind> {
  return { ...jobKinds(options), email: emailKind(options) };
}
