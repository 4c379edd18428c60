import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { findWebsite } from './find-websites.ts';

export interface Member {
  userId: string;
  email: string;
  role: 'admin' | 'viewer';
  accessType: 'direct' | 'group';
  /** When the membership that counts was made. */
  createdAt: Date;
  firstName: string | null;
  lastName: string | null;
}

/**
 * Everybody who can reach the website, each once, in the order of their user: a direct membership
 * counts before one through a group, and of several groups the one that gives the most.
 * @throws {PublicError} `not_found` for a website that the organization has not.
 */
export async function listWebsiteMembers(
  db: Kysely<Database>,
  orgId: string,
  websiteId: string,
): Promise<Member[]> {
  if (!(await findWebsite(db, orgId, websiteId))) {
    throw new PublicError('not_found', 'Website not found');
  }
  const { rows } = await sql<Member>`
    select distinct on (u.id) u.id as "userId", u.email, a.role, a.access_type as "accessType",
      a.created_at as "createdAt", u.first_name as "firstName", u.last_name as "lastName"
    from (
      select user_id, role, created_at, 'direct' as access_type
      from website_members
      where org_id = ${orgId} and website_id = ${websiteId}
      union all
      select m.user_id, m.role, m.created_at, 'group'
      from group_websites g
      join group_members m on m.org_id = g.org_id and m.group_id = g.group_id
      where g.org_id = ${orgId} and g.website_id = ${websiteId}
    ) a
    join users u on u.org_id = ${orgId} and u.id = a.user_id
    order by u.id, a.access_type = 'direct' desc, a.role = 'admin' desc, a.created_at`.execute(db);
  return rows;
}
