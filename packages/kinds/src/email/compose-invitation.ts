import { prepared, type Database, type Sending } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import type { InvitationContent } from './mailer.ts';

type Subject = Pick<Sending, 'org_id' | 'subject_id'>;
type Item = InvitationContent['items'][number];

interface Row {
  id: string;
  organization: string;
  first_name: string | null;
  text: string | null;
  expires_at: Date;
  /** Ids of all targets, as they were asked for. */
  target_ids: string[];
  /** What is pending: target, kind, name and role, in any order. */
  pending: Array<[string, Item['kind'], string, Item['role']]>;
}

/**
 * What these invitations' emails say now, in the order of the sendings: whatever is pending of each;
 * null where nothing is.
 */
export async function composeInvitations(
  db: Kysely<Database>,
  sendings: readonly Subject[],
  acceptUrl: (invitationId: string) => string,
): Promise<Array<InvitationContent | null>> {
  if (sendings.length === 0) return [];
  const byId = new Map((await readPending(db, sendings)).map((row) => [row.id, row]));
  return sendings.map(({ subject_id }) => {
    const row = byId.get(subject_id);
    if (!row) return null;
    return {
      template: 'invitation',
      organization: row.organization,
      ...(row.first_name === null ? {} : { firstName: row.first_name }),
      ...(row.text === null ? {} : { text: row.text }),
      items: inOrder(row).map(([, kind, name, role]) => ({ kind, name, role })),
      acceptUrl: acceptUrl(subject_id),
      expiresAt: row.expires_at,
    };
  });
}

/** Ordered here: an array of 10,000 is no table to join. */
function inOrder({ pending, target_ids }: Row): Row['pending'] {
  const places = new Map(target_ids.map((target, position) => [target, position]));
  return pending.toSorted(([a], [b]) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
}

/** A row for each invitation, and not for each invite: what they share is read once. */
async function readPending(db: Kysely<Database>, sendings: readonly Subject[]): Promise<Row[]> {
  const { rows } = await sql<Row>`${prepared}
    select invitations.id, organizations.name as organization, invitations.first_name,
      jobs.input ->> 'text' as text, jobs.target_ids, invited.expires_at, invited.pending
    from unnest(${sendings.map(({ org_id }) => org_id)}::uuid[],
      ${sendings.map(({ subject_id }) => subject_id)}::uuid[]) as sending (org_id, id)
    join invitations on invitations.org_id = sending.org_id and invitations.id = sending.id
    join organizations on organizations.id = invitations.org_id
    join jobs on jobs.org_id = invitations.org_id and jobs.id = invitations.job_id
    cross join lateral (
      select max(expires_at) as expires_at, json_agg(json_build_array(target_id,
        case when invites.website_id is not null then 'website'
          when invites.group_id is not null then 'group' else 'organization' end,
        coalesce(
          (select name from websites
            where websites.org_id = invites.org_id and websites.id = invites.website_id),
          (select name from groups
            where groups.org_id = invites.org_id and groups.id = invites.group_id),
          organizations.name), role)) as pending
      from invites
      where invites.invitation_id = invitations.id and (invites.org_id = invitations.org_id) is true
        and invites.state = 'pending' and invites.expires_at > now()
    ) as invited
    where invited.expires_at is not null`.execute(db);
  return rows;
}
