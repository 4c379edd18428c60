import type { InvitationState, Role } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { invitationState, inviteStateOf } from './invitation-state.ts';

export interface InvitationDescription {
  state: InvitationState;
  /** The organization's name. */
  organization: string;
  email: string;
  firstName: string | null;
  lastName: string | null;
  /**
   * What the state speaks of: what can be accepted, what was; of a dead invitation, everything. Groups
   * that are gone are not among them.
   */
  items: Array<{
    kind: 'website' | 'group' | 'organization';
    id: string;
    name: string;
    role: Role;
  }>;
  /** When the last of the items expires, or did. */
  expiresAt: Date;
}

interface Row {
  organization: string;
  email: string;
  firstName: string | null;
  lastName: string | null;
  acceptedAt: Date | null;
  state: InvitationState;
  kind: 'website' | 'group' | 'organization';
  /** Null: its group is gone. */
  targetId: string | null;
  name: string;
  role: Role;
  expiresAt: Date;
}

/**
 * What an accept link leads to; its token was the permission, so there is no organization to give.
 * The state is derived from the invites: pending while anything can still be accepted.
 * @returns null for an unknown invitation, and for one that has no invites (any more).
 */
export async function describeInvitation(
  db: Kysely<Database>,
  invitationId: string,
): Promise<InvitationDescription | null> {
  const { rows } = await sql<Row>`
    select o.name as organization, n.email, n.first_name as "firstName", n.last_name as "lastName",
      n.accepted_at as "acceptedAt",
      ${inviteStateOf('i')} as state,
      case when i.website_id is not null then 'website'
        when i.group_id is not null then 'group' else 'organization' end as kind,
      i.target_id as "targetId", coalesce(w.name, g.name, o.name) as name, i.role,
      i.expires_at as "expiresAt"
    from invitations n
    join organizations o on o.id = n.org_id
    join invites i on i.org_id = n.org_id and i.invitation_id = n.id
    left join websites w on w.org_id = i.org_id and w.id = i.website_id
    left join groups g on g.org_id = i.org_id and g.id = i.group_id
    where n.id = ${invitationId}
    order by coalesce(w.name, g.name), i.target_id`.execute(db);
  const [first] = rows;
  if (!first) return null;
  const state = invitationState(countStates(rows), first.acceptedAt);
  const open = state === 'pending' || state === 'accepted';
  const meant = open ? rows.filter((row) => row.state === state) : rows;
  return {
    state,
    organization: first.organization,
    email: first.email,
    firstName: first.firstName,
    lastName: first.lastName,
    items: meant.flatMap(({ kind, targetId, name, role }) =>
      targetId === null ? [] : [{ kind, id: targetId, name, role }],
    ),
    expiresAt: new Date(Math.max(...(meant.length ? meant : rows).map((row) => +row.expiresAt))),
  };
}

function countStates(rows: readonly Row[]): Record<InvitationState, number> {
  const counts = { pending: 0, accepted: 0, revoked: 0, expired: 0 };
  for (const { state } of rows) counts[state] += 1;
  return counts;
}
