import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import { audit, NO_KEY, type Actor } from '@usher/events';
import type { Kysely } from 'kysely';
import { inTransaction } from './in-transaction.ts';
import { listWebsiteMembers } from './list-website-members.ts';

/**
 * End a direct membership. Access through a group is the group's to take away.
 * @throws {PublicError} `not_found` for an unknown website, or a user who has no access to it;
 * `state_conflict` for one who has access through a group alone.
 */
export function removeWebsiteMember(
  db: Kysely<Database>,
  orgId: string,
  websiteId: string,
  userId: string,
  by: Actor = NO_KEY,
): Promise<void> {
  return inTransaction(db, async (trx) => {
    const removed = await trx
      .deleteFrom('website_members')
      .using('users')
      .whereRef('users.org_id', '=', 'website_members.org_id')
      .whereRef('users.id', '=', 'website_members.user_id')
      .where('website_members.org_id', '=', orgId)
      .where('website_id', '=', websiteId)
      .where('user_id', '=', userId)
      .returning(['users.email', 'role'])
      .executeTakeFirst();
    if (!removed) throw await notRemoved(trx, orgId, websiteId, userId);
    await audit(trx, {
      orgId,
      by,
      action: 'member.remove',
      resourceId: userId,
      before: { website_id: websiteId, ...removed },
      after: null,
    });
  });
}

async function notRemoved(
  db: Kysely<Database>,
  orgId: string,
  websiteId: string,
  userId: string,
): Promise<PublicError> {
  const members = await listWebsiteMembers(db, orgId, websiteId);
  if (members.some((member) => member.userId === userId && member.accessType === 'group')) {
    return new PublicError(
      'state_conflict',
      'The user has access to this website through a group: remove them from the group',
    );
  }
  return new PublicError('not_found', 'User is not a member of this website');
}
