import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';

/**
 * Take back a pending invite. A scoped key reaches the invites of its own websites alone.
 * @throws {PublicError} `not_found`; `state_conflict` for one that was accepted, revoked or expired.
 */
export async function revokeInvite(
  db: Kysely<Database>,
  orgId: string,
  inviteId: string,
  scopedTo: readonly string[] | null,
): Promise<void> {
  const invite = await db
    .selectFrom('invites')
    .select('website_id')
    .where('org_id', '=', orgId)
    .where('id', '=', inviteId)
    .executeTakeFirst();
  const seen = invite && (!scopedTo || (invite.website_id && scopedTo.includes(invite.website_id)));
  if (!seen) throw new PublicError('not_found', 'Invite not found');

  const revoked = await db
    .updateTable('invites')
    .set({ state: 'revoked', decided_at: sql<Date>`now()` })
    .where('org_id', '=', orgId)
    .where('id', '=', inviteId)
    .where('state', '=', 'pending')
    .where('expires_at', '>', sql<Date>`now()`)
    .returning('id')
    .executeTakeFirst();
  if (!revoked) throw await notPending(db, orgId, inviteId);
}

// Asked after the update, so that the answer names what won a race and not what stood before it.
async function notPending(
  db: Kysely<Database>,
  orgId: string,
  inviteId: string,
): Promise<PublicError> {
  const invite = await db
    .selectFrom('invites')
    .select('state')
    .where('org_id', '=', orgId)
    .where('id', '=', inviteId)
    .executeTakeFirst();
  if (!invite) return new PublicError('not_found', 'Invite not found');
  const what =
    invite.state === 'accepted' || invite.state === 'revoked'
      ? `was already ${invite.state}`
      : 'has expired';
  return new PublicError('state_conflict', `The invite ${what}`);
}
