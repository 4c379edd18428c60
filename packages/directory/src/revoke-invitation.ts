import { PublicError, type InvitationResource, type Role } from '@usher/contracts';
import type { Database } from '@usher/db';
import { audit, NO_KEY, type Actor } from '@usher/events';
import { sql, type Kysely } from 'kysely';
import { requireInvitation, type InvitationViewer } from './find-invitations.ts';
import { inTransaction } from './in-transaction.ts';
import { targetOf, type InvitedTarget, type TargetColumns } from './invited-target.ts';

/**
 * Take back everything of an invitation that is pending. Where nothing is, because it was revoked or
 * has expired, nothing changes. What its job has not come to yet it still makes: cancel that first.
 * @throws {PublicError} `not_found`; `state_conflict` where it was accepted.
 */
export function revokeInvitation(
  db: Kysely<Database>,
  viewer: InvitationViewer,
  invitationId: string,
  by: Actor = NO_KEY,
): Promise<InvitationResource> {
  return inTransaction(db, async (trx) => {
    const { email } = await requireInvitation(trx, viewer, invitationId);
    const revoked = await revokePending(trx, viewer.orgId, invitationId);
    // Read only now, so that the answer names what won a race and not what stood before it.
    const invitation = await requireInvitation(trx, viewer, invitationId);
    if (revoked.length === 0) {
      if (invitation.state === 'accepted') {
        throw new PublicError('state_conflict', 'This invitation was already accepted');
      }
      if (invitation.state === 'pending') {
        throw new PublicError('unavailable', 'The invitation is just changing: try again');
      }
      return invitation;
    }
    await audit(trx, {
      orgId: viewer.orgId,
      by,
      action: 'invitation.revoke',
      resourceId: invitationId,
      before: { state: 'pending', email, pending: revoked.length, targets: revoked },
      after: { state: invitation.state, revoked: revoked.length },
    });
    return invitation;
  });
}

/** In the order of the targets, as everybody locks them. @returns what each was for. */
async function revokePending(
  trx: Kysely<Database>,
  orgId: string,
  invitationId: string,
): Promise<InvitedTarget[]> {
  const { rows } = await sql<TargetColumns & { role: Role }>`
    update invites set state = 'revoked', decided_at = now() from (
      select id from invites
      where org_id = ${orgId} and invitation_id = ${invitationId}
        and state = 'pending' and expires_at > now()
      order by target_id for update) as open
    where invites.org_id = ${orgId} and invites.id = open.id
    returning website_id, group_id, organization_id, role`.execute(trx);
  return rows.map((row) => ({ ...targetOf(row), role: row.role }));
}
