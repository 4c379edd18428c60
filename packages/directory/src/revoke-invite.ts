import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import { audit, NO_KEY, type Actor } from '@usher/events';
import { sql, type Kysely } from 'kysely';
import { inTransaction } from './in-transaction.ts';

/**
 * Take back a pending invite. A scoped key reaches the invites of its own websites alone.
 * @throws {PublicError} `not_found`; `state_conflict` for one that was accepted, revoked or expired.
 */
export async function revokeInvite(
  db: Kysely<Database>,
  orgId: string,
  inviteId: string,
  scopedTo: readonly string[] | null,
  by: Actor = NO_KEY,
): Promise<void> {
  const invite = await db
    .selectFrom('invites')
    .select('website_id')
    .where('org_id', '=', orgId)
    .where('id', '=', inviteId)
    .executeTakeFirst();
  const seen = invite && (!scopedTo || (invite.website_id && scopedTo.includes(invite.website_id)));
  if (!seen) throw new PublicError('not_found', 'Invite not found');

  await inTransaction(db, async (trx) => {
    const revoked = await trx
      .updateTable('invites')
      .set({ state: 'revoked', decided_at: sql<Date>`now()` })
      .where('org_id', '=', orgId)
      .where('id', '=', inviteId)
      .where('state', '=', 'pending')
      .where('expires_at', '>', sql<Date>`now()`)
      .returning(['invitation_id', 'website_id', 'group_id', 'organization_id', 'email', 'role'])
      .executeTakeFirst();
    if (!revoked) throw await notPending(trx, orgId, inviteId);
    const { organization_id, ...was } = revoked;
    await audit(trx, {
      orgId,
      by,
      action: 'invite.revoke',
      resourceId: inviteId,
      before: { state: 'pending', ...was, ...(organization_id && { organization_id }) },
      after: { state: 'revoked' },
    });
  });
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
