import { z } from 'zod';
import { address, count, id, time } from './answer-fields.ts';
import { email, uuid } from './fields.ts';
import { pageQuery } from './page-query.ts';

/** Of an invitation, and of each invite in it: what is past its time is `expired`, decided on or not. */
export const INVITATION_STATES = ['pending', 'accepted', 'revoked', 'expired'] as const;
export type InvitationState = (typeof INVITATION_STATES)[number];

const states = Object.fromEntries(INVITATION_STATES.map((state) => [state, count])) as Record<
  InvitationState,
  typeof count
>;

/** One recipient of a job. */
export const invitationResource = z
  .object({
    id,
    job_id: id,
    email: address,
    state: z.enum(INVITATION_STATES).describe('Pending while anything of it can be accepted'),
    targets: z.object({ total: count, ...states }).describe('How many of its invites stand how'),
    created_at: time,
    expires_at: time.describe('When the last of what the state speaks of expires, or did'),
    accepted_at: time.nullable().describe('When something of it was first accepted'),
    email_state: z
      .enum(['pending', 'sent', 'unknown', 'failed'])
      .nullable()
      .describe('Of the newest email; null: none was decided on'),
  })
  .meta({ id: 'Invitation', description: 'One recipient of a job' });
export type InvitationResource = z.infer<typeof invitationResource>;

/** `GET /api/v1/invitations`. */
export const listInvitationsQuery = z.object({
  email: email.optional(),
  state: z.enum(INVITATION_STATES).optional(),
  job_id: uuid.optional(),
  ...pageQuery,
});
export type ListInvitationsQuery = z.infer<typeof listInvitationsQuery>;
