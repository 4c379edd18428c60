import type { AcceptedTarget, Role } from '@usher/contracts';

/** What somebody was invited to, and as what. */
export type InvitedTarget = AcceptedTarget & { role: Role };

/** An invite is for the one or the other. */
export const targetOf = (invite: {
  website_id: string | null;
  group_id: string | null;
}): AcceptedTarget =>
  invite.website_id ? { website_id: invite.website_id } : { group_id: invite.group_id as string };
