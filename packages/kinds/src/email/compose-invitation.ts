import type { Database, Sending } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import type { InvitationContent } from './mailer.ts';

interface Row {
  organization: string;
  first_name: string | null;
  kind: 'website' | 'group' | 'organization';
  name: string;
  role: 'admin' | 'viewer';
  expires_at: Date;
  target_id: string;
  job_id: string;
  text: string | null;
}

/** What the invitation's email says now: whatever is pending of it; null where nothing is. */
export async function composeInvitation(
  db: Kysely<Database>,
  sending: Pick<Sending, 'org_id' | 'subject_id'>,
  acceptUrl: (invitationId: string) => string,
): Promise<InvitationContent | null> {
  const { rows } = await sql<Row>`
    select organizations.name as organization, invitations.first_name,
      case when invites.website_id is not null then 'website'
        when invites.group_id is not null then 'group' else 'organization' end as kind,
      coalesce(websites.name, groups.name, organizations.name) as name, invites.role, invites.expires_at,
      invites.target_id, invitations.job_id, jobs.input ->> 'text' as text
    from invitations
    join organizations on organizations.id = invitations.org_id
    join jobs on jobs.org_id = invitations.org_id and jobs.id = invitations.job_id
    join invites on invites.invitation_id = invitations.id
    left join websites on websites.org_id = invites.org_id and websites.id = invites.website_id
    left join groups on groups.org_id = invites.org_id and groups.id = invites.group_id
    where invitations.org_id = ${sending.org_id} and invitations.id = ${sending.subject_id}
      and invites.state = 'pending' and invites.expires_at > now()`.execute(db);
  const first = rows[0];
  if (!first) return null;
  const order = await readOrder(db, first.job_id);
  rows.sort((a, b) => (order.get(a.target_id) ?? 0) - (order.get(b.target_id) ?? 0));
  return {
    template: 'invitation',
    organization: first.organization,
    ...(first.first_name === null ? {} : { firstName: first.first_name }),
    ...(first.text === null ? {} : { text: first.text }),
    items: rows.map(({ kind, name, role }) => ({ kind, name, role })),
    acceptUrl: acceptUrl(sending.subject_id),
    expiresAt: new Date(Math.max(...rows.map((row) => row.expires_at.getTime()))),
  };
}

/** Where each target stands in its request. Ordered here: an array of 10,000 is no table to join. */
async function readOrder(db: Kysely<Database>, jobId: string): Promise<Map<string, number>> {
  const { target_ids } = await db
    .selectFrom('jobs')
    .select('target_ids')
    .where('id', '=', jobId)
    .executeTakeFirstOrThrow();
  return new Map(target_ids.map((id, position) => [id, position]));
}
