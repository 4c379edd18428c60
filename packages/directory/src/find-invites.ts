import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';

/** One address, and where it accepts what it was invited to. */
export interface Invited {
  email: string;
  /** Of the first of its invites. */
  number: number;
  invitationId: string;
  createdAt: Date;
}

/**
 * Of these addresses, those that these jobs made invites for, or were told of as pending, whatever became
 * of them since; for others, the invites to these targets that are pending.
 * @returns each address once at most, in no order.
 */
export async function findInvites(
  db: Kysely<Database>,
  orgId: string,
  asked: { jobIds: readonly string[]; emails: readonly string[]; targetIds: readonly string[] },
): Promise<Invited[]> {
  const { rows } = await sql<Invited>`
    select distinct on (email) email, number, invitation_id as "invitationId", created_at as "createdAt"
    from (
      select invites.email, invites.number, invites.invitation_id, invites.created_at, 0 as place
      from invitations
      join invites on invites.invitation_id = invitations.id
      where invitations.org_id = ${orgId} and invitations.job_id = any (${[...asked.jobIds]}::uuid[])
      union all
      select other.email, invites.number, invites.invitation_id, invites.created_at, told.position + 1
      from outcomes as told
      join invitations on invitations.job_id = told.job_id
      join invitations as other on other.org_id = invitations.org_id and other.email = invitations.email
      join invites on invites.invitation_id = other.id and invites.target_id = told.target_id
        and (invites.decided_at is null or invites.decided_at >= told.recorded_at)
      where told.job_id = any (${[...asked.jobIds]}::uuid[]) and told.code = 'already_invited'
        and invitations.org_id = ${orgId}
      union all
      select invites.email, invites.number, invites.invitation_id, invites.created_at, target.place
      from unnest(${[...asked.targetIds]}::uuid[]) with ordinality as target (id, place)
      cross join unnest(${[...asked.emails]}::text[]) as wanted (email)
      join invites on invites.target_id = target.id and invites.email = wanted.email
        and invites.state = 'pending' and invites.expires_at > now()
      where invites.org_id = ${orgId}
    ) as found
    order by email, place, number`.execute(db);
  return rows;
}
