import type { InvitationState } from '@usher/contracts';
import { sql, type RawBuilder } from 'kysely';

/** The state of an invitation, by those of its invites. */
export function invitationState(
  counts: Readonly<Record<InvitationState, number>>,
  acceptedAt: Date | null,
): InvitationState {
  if (counts.pending > 0) return 'pending';
  if (acceptedAt !== null || counts.accepted > 0) return 'accepted';
  return counts.revoked > 0 ? 'revoked' : 'expired';
}

/** The same function in SQL, for filters: over such counts in `counted`, and `accepted_at`. */
export const invitationStateSql: RawBuilder<InvitationState> = sql<InvitationState>`case
  when counted.pending > 0 then 'pending'
  when accepted_at is not null or counted.accepted > 0 then 'accepted'
  when counted.revoked > 0 then 'revoked'
  else 'expired' end`;

/** The state of an invite, whether or not anybody has noticed yet that its time is over. */
export const inviteStateOf = (table: string): RawBuilder<InvitationState> => {
  const [state, expiresAt] = [sql.ref(`${table}.state`), sql.ref(`${table}.expires_at`)];
  return sql`case when ${state} = 'pending' and ${expiresAt} <= now() then 'expired' else ${state} end`;
};
