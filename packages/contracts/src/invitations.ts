import { z } from 'zod';
import { email, uuid } from './fields.ts';
import { pageQuery } from './page-query.ts';

/** Of an invitation, and of each invite in it: what is past its time is `expired`, decided on or not. */
export const INVITATION_STATES = ['pending', 'accepted', 'revoked', 'expired'] as const;
export type InvitationState = (typeof INVITATION_STATES)[number];

/** One recipient of a job. Times are ISO 8601, UTC. */
export interface InvitationResource {
  id: string;
  job_id: string;
  email: string;
  /** Pending while anything of it can be accepted. */
  state: InvitationState;
  /** How many of its invites stand how. */
  targets: Record<InvitationState, number> & { total: number };
  created_at: string;
  /** When the last of what the state speaks of expires, or did. */
  expires_at: string;
  /** When something of it was first accepted. */
  accepted_at: string | null;
  /** Of the newest email; null: none was decided on. */
  email_state: 'pending' | 'sent' | 'unknown' | 'failed' | null;
}

/** `GET /api/v1/invitations`. */
export const listInvitationsQuery = z.object({
  email: email.optional(),
  state: z.enum(INVITATION_STATES).optional(),
  job_id: uuid.optional(),
  ...pageQuery,
});
export type ListInvitationsQuery = z.infer<typeof listInvitationsQuery>;
