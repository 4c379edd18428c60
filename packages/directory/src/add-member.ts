import type { Role } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { targetOf, type InvitedTarget, type TargetColumns } from './invited-target.ts';
import { joinOrganization } from './join-organization.ts';
import type { VerifiedUser } from './upsert-verified-user.ts';

type Invite = TargetColumns & { role: Role };

/** Of what somebody was invited to, what they were a member of before, and what they are now. */
export interface Memberships {
  before: InvitedTarget[];
  after: InvitedTarget[];
}

/**
 * Somebody becomes a member of what they were invited to. Who is one already keeps the role, unless the
 * invite offers more, and stays one when a roster that made them so lets them go.
 * @param invites in the order in which everybody locks their targets.
 */
export async function addMember(
  trx: Kysely<Database>,
  orgId: string,
  user: VerifiedUser,
  invites: readonly Invite[],
): Promise<Memberships> {
  const known = new Map<string, Membership>();
  for (const kind of ['website', 'group'] as const) {
    const wanted = invites.flatMap(({ [`${kind}_id` as const]: targetId, role }) =>
      targetId ? [{ targetId, role }] : [],
    );
    const found = await addTo(trx, kind, orgId, user.id, wanted);
    for (const membership of found) known.set(membership.targetId, membership);
  }
  for (const { organization_id: targetId, role } of invites) {
    if (!targetId) continue;
    known.set(targetId, { targetId, ...(await joinOrganization(trx, orgId, user, role)) });
  }
  const memberships: Memberships = { before: [], after: [] };
  for (const invite of invites) {
    const { website_id, group_id, organization_id } = invite;
    const { was, role } = known.get(
      (website_id ?? group_id ?? organization_id) as string,
    ) as Membership;
    const target = targetOf(invite);
    if (was) memberships.before.push({ ...target, role: was });
    memberships.after.push({ ...target, role });
  }
  return memberships;
}

interface Membership {
  targetId: string;
  /** Null: they were none. */
  was: Role | null;
  role: Role;
}

async function addTo(
  trx: Kysely<Database>,
  kind: 'website' | 'group',
  orgId: string,
  userId: string,
  wanted: ReadonlyArray<{ targetId: string; role: Role }>,
): Promise<Membership[]> {
  if (wanted.length === 0) return [];
  const members = sql.table(`${kind}_members`);
  const target = sql.ref(`${kind}_id`);
  const ids = wanted.map(({ targetId }) => targetId);
  const rostered = kind === 'group' ? sql`m.from_roster` : sql`false`;
  const { rows: changed } = await sql<{ targetId: string; isNew: boolean }>`
    insert into ${members} as m (org_id, ${target}, user_id, role)
    select ${orgId}::uuid, target_id, ${userId}::uuid, role
    from unnest(${ids}::uuid[], ${wanted.map(({ role }) => role)}::text[])
      with ordinality as wanted (target_id, role, place)
    order by place
    on conflict (${target}, user_id) do update set ${kind === 'group' ? sql`from_roster = false,` : sql``}
        role = case when m.role = 'admin' then m.role else excluded.role end
      where (excluded.role = 'admin' and m.role <> 'admin') or ${rostered}
    returning ${target} as "targetId", m.xmax = 0 as "isNew"`.execute(trx);
  // Also the rows that stayed as they were are locked by now.
  const { rows: held } = await sql<{ targetId: string; role: Role }>`
    select ${target} as "targetId", role from ${members}
    where ${target} = any (${ids}::uuid[]) and user_id = ${userId}`.execute(trx);
  const isNew = new Map(changed.map((row) => [row.targetId, row.isNew]));
  return held.map(({ targetId, role }) => {
    const added = isNew.get(targetId);
    if (added === undefined) return { targetId, role, was: role };
    return { targetId, role, was: added ? null : 'viewer' };
  });
}
