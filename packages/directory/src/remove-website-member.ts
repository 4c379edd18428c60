import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';
import { listWebsiteMembers } from './list-website-members.ts';

/**
 * End a direct membership. Access through a group is the group's to take away.
 * @throws {PublicError} `not_found` for an unknown website, or a user who has no access to it;
 * `state_conflict` for one who has access through a group alone.
 */
export async function removeWebsiteMember(
  db: Kysely<Database>,
  orgId: string,
  websiteId: string,
  userId: string,
): Promise<void> {
  const removed = await db
    .deleteFrom('website_members')
    .where('org_id', '=', orgId)
    .where('website_id', '=', websiteId)
    .where('user_id', '=', userId)
    .returning('user_id')
    .executeTakeFirst();
  if (removed) return;
  const members = await listWebsiteMembers(db, orgId, websiteId);
  if (members.some((member) => member.userId === userId && member.accessType === 'group')) {
    throw new PublicError(
      'state_conflict',
      'The user has access to this website through a group: remove them from the group',
    );
  }
  throw new PublicError('not_found', 'User is not a member of this website');
}
