import type { BulkInviteBody, BulkInviteJobBody } from '@usher/contracts';

/** What a bulk-invite job remembers of its request, beside its targets. */
export interface BulkInviteInput {
  method: 'direct' | 'email';
  target: 'website' | 'group';
  email: string;
  role: 'admin' | 'viewer';
  first_name: string | null;
  last_name: string | null;
  /** The websites that the submitting key may touch; null for all of the organization's. */
  scope: string[] | null;
}

export const inputOf = (job: { input: object }): BulkInviteInput => job.input as BulkInviteInput;

/** Split a validated body into what the job remembers and its targets, in request order. */
export function parseBulkInvite(
  body: BulkInviteBody | BulkInviteJobBody,
  scope: string[] | null,
): { input: BulkInviteInput; targetIds: string[] } {
  return {
    input: {
      method: body.invite_method,
      target: body.website_ids ? 'website' : 'group',
      email: body.email,
      role: body.role,
      first_name: body.first_name ?? null,
      last_name: body.last_name ?? null,
      scope,
    },
    targetIds: body.website_ids ?? body.group_ids ?? [],
  };
}
