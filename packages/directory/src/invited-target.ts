import type { AcceptedTarget, Role } from '@usher/contracts';

/** What somebody was invited to, and as what. */
export type InvitedTarget = AcceptedTarget & { role: Role };

/** The columns of an invite of which exactly one is set. */
export interface TargetColumns {
  website_id: string | null;
  group_id: string | null;
  organization_id: string | null;
}

/** An invite is for one of the three. */
export function targetOf({ website_id, group_id, organization_id }: TargetColumns): AcceptedTarget {
  if (website_id) return { website_id };
  if (group_id) return { group_id };
  return { organization_id: organization_id as string };
}
