import {
  encodeCursor,
  PublicError,
  type InvitationResource,
  type InvitationState,
  type ListInvitationsQuery,
} from '@usher/contracts';
import type { Database } from '@usher/db';
import { pageOf, readCursor } from '@usher/events';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { invitationState, invitationStateSql, inviteStateOf } from './invitation-state.ts';

/** Whose invitations may be seen: an organization's, or those of the jobs of one (scoped) key. */
export interface InvitationViewer {
  orgId: string;
  onlyKeyId: string | null;
}

interface Row extends Record<InvitationState, number> {
  id: string;
  job_id: string;
  email: string;
  total: number;
  created_at: Date;
  expires_at: Date;
  accepted_at: Date | null;
  email_state: InvitationResource['email_state'];
}

/** How many are looked at for a page: each state is counted together from its invites. */
const LOOKS = 2_000;

/**
 * Newest first. An invitation begins with its first invite: before that there is nothing to list. Where
 * few of many fit the query, a page is short or empty and its cursor says where to look on.
 */
export async function listInvitations(
  db: Kysely<Database>,
  viewer: InvitationViewer,
  query: ListInvitationsQuery,
): Promise<{ invitations: InvitationResource[]; next_cursor: string }> {
  const before = readCursor(query.cursor);
  const among = [
    ...(before ? [sql`invitation.id < ${before}`] : []),
    ...(query.email ? [sql`invitation.email = ${query.email}`] : []),
    ...(query.job_id ? [sql`invitation.job_id = ${query.job_id}`] : []),
  ];
  const last = await findLastLook(db, viewer.orgId, among);
  const rows = await readRows(db, viewer, query.limit + 1, [
    ...among,
    ...(last === null ? [] : [sql`invitation.id >= ${last}`]),
    ...(query.state ? [sql`${invitationStateSql} = ${query.state}`] : []),
  ]);
  const { page, next_cursor } = pageOf(rows, query.limit);
  const further = last === null ? '' : encodeCursor(last);
  return { invitations: page.map(toInvitation), next_cursor: next_cursor || further };
}

/**
 * The last invitation to look at; null: all that there are. By its id, so that what is made while the
 * page is read moves nothing.
 */
async function findLastLook(
  db: Kysely<Database>,
  orgId: string,
  among: readonly RawBuilder<unknown>[],
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    select id from invitations as invitation
    where ${sql.join([sql`org_id = ${orgId}`, ...among], sql` and `)}
    order by id desc offset ${LOOKS - 1} limit 1`.execute(db);
  return rows[0]?.id ?? null;
}

/** @throws {PublicError} `not_found`, also for one that has no invites. */
export async function requireInvitation(
  db: Kysely<Database>,
  viewer: InvitationViewer,
  invitationId: string,
): Promise<InvitationResource> {
  const [row] = await readRows(db, viewer, 1, [sql`invitation.id = ${invitationId}`]);
  if (!row) throw new PublicError('not_found', 'Invitation not found');
  return toInvitation(row);
}

async function readRows(
  db: Kysely<Database>,
  { orgId, onlyKeyId }: InvitationViewer,
  limit: number,
  filters: readonly RawBuilder<unknown>[],
): Promise<Row[]> {
  const seen = [
    sql`invitation.org_id = ${orgId}`,
    ...(onlyKeyId
      ? [
          sql`exists (
            select from jobs where jobs.org_id = invitation.org_id and jobs.id = invitation.job_id
              and jobs.api_key_id = ${onlyKeyId})`,
        ]
      : []),
  ];
  const { rows } = await sql<Row>`
    select invitation.id, invitation.job_id, invitation.email, invitation.created_at,
      invitation.accepted_at, counted.*, newest.state as email_state
    from invitations as invitation
    cross join lateral (
      select count(*)::int as total,
        count(*) filter (where state = 'pending')::int as pending,
        count(*) filter (where state = 'accepted')::int as accepted,
        count(*) filter (where state = 'revoked')::int as revoked,
        count(*) filter (where state = 'expired')::int as expired,
        coalesce(
          max(expires_at) filter (where state = 'pending'),
          max(expires_at) filter (where state = 'accepted'),
          max(expires_at)) as expires_at
      from (
        select ${inviteStateOf('invites')} as state, expires_at from invites
        -- Its organization is theirs; named here, it could make Postgres read all of them.
        where invites.invitation_id = invitation.id
      ) as invite
      having count(*) > 0
    ) as counted
    left join lateral (
      select state from sendings
      where sendings.purpose = 'invitation' and sendings.subject_id = invitation.id
      order by number desc limit 1
    ) as newest on true
    where ${sql.join([...seen, ...filters], sql` and `)}
    order by invitation.id desc limit ${limit}`.execute(db);
  return rows;
}

function toInvitation(row: Row): InvitationResource {
  const { total, pending, accepted, revoked, expired } = row;
  return {
    id: row.id,
    job_id: row.job_id,
    email: row.email,
    state: invitationState(row, row.accepted_at),
    targets: { total, pending, accepted, revoked, expired },
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    accepted_at: row.accepted_at?.toISOString() ?? null,
    email_state: row.email_state,
  };
}
