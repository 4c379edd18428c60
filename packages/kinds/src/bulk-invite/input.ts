import type { BulkInviteBody, BulkInviteJobBody, InviteBody } from '@usher/contracts';

/** What a bulk-invite job remembers of its request, beside its targets. */
export interface BulkInviteInput {
  method: 'direct' | 'email';
  target: 'website' | 'group' | 'organization';
  email: string;
  role: 'admin' | 'viewer';
  first_name: string | null;
  last_name: string | null;
  /** The websites that the submitting key may touch; null for all of the organization's. */
  scope: string[] | null;
  /** What whoever invites says in the email, in their own words. */
  text?: string | null;
  /** An ISO 8601 time after which nothing of it can be accepted, should that come before the usual one. */
  ends_at?: string | null;
}

export const inputOf = (job: { input: object }): BulkInviteInput => job.input as BulkInviteInput;

/** Split a validated body into what the job remembers and its targets, in request order. */
export function parseBulkInvite(
  body: BulkInviteBody | BulkInviteJobBody,
  scope: string[] | null,
): { input: BulkInviteInput; targetIds: string[] } {
  const target = body.website_ids ? 'website' : 'group';
  return {
    input: { ...recipientOf(body), target, scope },
    targetIds: body.website_ids ?? body.group_ids ?? [],
  };
}

/** The same for an invite to one target; that of type organization has its organization for one. */
export function parseInvite(
  body: InviteBody,
  { orgId, scopedTo }: { orgId: string; scopedTo: string[] | null },
): { input: BulkInviteInput; targetIds: [string] } {
  const input = { ...recipientOf(body), target: body.type, scope: scopedTo };
  switch (body.type) {
    case 'website':
      return { input, targetIds: [body.website_id] };
    case 'group':
      return { input, targetIds: [body.group_id] };
    case 'organization':
      return { input, targetIds: [orgId] };
  }
}

/** Whom to invite, how and as what. */
const recipientOf = (body: BulkInviteBody | BulkInviteJobBody | InviteBody) => ({
  method: body.invite_method,
  email: body.email,
  role: body.role,
  first_name: body.first_name ?? null,
  last_name: body.last_name ?? null,
});
