import { PublicError, type AcceptedTarget } from '@usher/contracts';
import type { Database } from '@usher/db';
import { audit, NO_KEY, publishEvents, type Actor } from '@usher/events';
import { sql, type Kysely } from 'kysely';
import { addMember } from './add-member.ts';
import { describeInvitation } from './describe-invitation.ts';
import { inTransaction } from './in-transaction.ts';
import { targetOf } from './invited-target.ts';
import { upsertVerifiedUser } from './upsert-verified-user.ts';

export interface Acceptance {
  /** The organization's name. */
  organization: string;
  orgId: string;
  userId: string;
  email: string;
  /** In the order of the targets' ids. */
  accepted: AcceptedTarget[];
}

/**
 * Accept everything of an invitation that is still pending, all together, as the person it was sent
 * to: the account is made if need be, and its address counts as verified, since the link reached it.
 * A name given here goes before the inviter's, and fills only what the account leaves empty. Who is a
 * member already keeps the role, unless the invite offers more: a viewer invited as admin becomes one.
 * Accepting makes anybody a member of the organization; an invite to that itself says as what.
 * @throws {PublicError} `state_conflict` (accepted before), `gone` (expired or revoked), `not_found`.
 */
export function acceptInvitation(
  db: Kysely<Database>,
  invitationId: string,
  names: { firstName?: string | null; lastName?: string | null } = {},
  by: Actor = NO_KEY,
): Promise<Acceptance> {
  return inTransaction(db, async (trx) => {
    // Without a lock: everywhere users are locked before invites, and invitations after both.
    const invitation = await trx
      .selectFrom('invitations')
      .innerJoin('organizations', 'organizations.id', 'invitations.org_id')
      .select(['org_id', 'job_id', 'email', 'first_name', 'last_name'])
      .select('organizations.name as organization')
      .where('invitations.id', '=', invitationId)
      .executeTakeFirst();
    if (!invitation) throw new PublicError('not_found', 'Invitation not found');
    const { org_id: orgId, email, organization } = invitation;

    const user = await upsertVerifiedUser(trx, orgId, {
      email,
      firstName: names.firstName || invitation.first_name,
      lastName: names.lastName || invitation.last_name,
    });
    const userId = user.id;
    const invites = await lockPendingInvites(trx, orgId, invitationId);
    if (invites.length === 0) throw await nothingPending(trx, invitationId);

    const memberships = await addMember(trx, orgId, user, invites);

    await trx
      .updateTable('invites')
      .set({ state: 'accepted', user_id: userId, decided_at: sql<Date>`now()` })
      .where('org_id', '=', orgId)
      .where(
        'id',
        'in',
        invites.map((invite) => invite.id),
      )
      .execute();
    await trx
      .updateTable('invitations')
      .set({ accepted_at: sql<Date>`coalesce(accepted_at, now())` })
      .where('org_id', '=', orgId)
      .where('id', '=', invitationId)
      .execute();

    await publishEvents(trx, [
      {
        orgId,
        type: 'invitation.accepted',
        data: {
          invitation_id: invitationId,
          job_id: invitation.job_id,
          user_id: userId,
          email,
          accepted: invites.length,
        },
      },
    ]);
    await audit(trx, {
      orgId,
      by,
      action: 'invitation.accept',
      resourceId: invitationId,
      before: { state: 'pending', memberships: memberships.before },
      after: {
        state: 'accepted',
        accepted: invites.length,
        user_id: userId,
        email,
        memberships: memberships.after,
      },
    });
    return { organization, orgId, userId, email, accepted: invites.map(targetOf) };
  });
}

function lockPendingInvites(trx: Kysely<Database>, orgId: string, invitationId: string) {
  return trx
    .selectFrom('invites')
    .select(['id', 'website_id', 'group_id', 'organization_id', 'role'])
    .where('org_id', '=', orgId)
    .where('invitation_id', '=', invitationId)
    .where('state', '=', 'pending')
    .where('expires_at', '>', sql<Date>`now()`)
    .orderBy('target_id')
    .forUpdate()
    .execute();
}

async function nothingPending(trx: Kysely<Database>, invitationId: string): Promise<PublicError> {
  const invitation = await describeInvitation(trx, invitationId);
  switch (invitation?.state) {
    case 'accepted':
      return new PublicError('state_conflict', 'This invitation was already accepted');
    case 'expired':
      return new PublicError('gone', 'This invitation has expired');
    case 'revoked':
      return new PublicError('gone', 'This invitation was revoked');
    case 'pending':
      // An invite was added between our two looks: the next try finds it.
      return new PublicError('unavailable', 'The invitation is just changing: try again');
    case undefined:
      return new PublicError('not_found', 'Invitation not found');
  }
}
