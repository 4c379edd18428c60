import type { Database } from '@usher/db';
import { audit, type Actor } from '@usher/events';
import { sql, type Kysely } from 'kysely';

/**
 * Lock a group, so that nobody can be invited to it or become its member, and every invite to it that is
 * pending. Whoever accepts holds an invite and then asks for the group: so invites come first, and where
 * one was made in between, the group is let go of again.
 */
export async function lockGroupAndInvites(
  trx: Kysely<Database>,
  orgId: string,
  groupId: string,
): Promise<void> {
  for (;;) {
    const { rows: locked } = await sql`
      select id from invites
      where org_id = ${orgId} and group_id = ${groupId} and state = 'pending'
      order by id for update`.execute(trx);
    await sql`savepoint hold_group`.execute(trx);
    await sql`select id from groups where org_id = ${orgId} and id = ${groupId} for update`.execute(
      trx,
    );
    const { rows } = await sql<{ pending: number }>`
      select count(*) as pending from invites
      where org_id = ${orgId} and group_id = ${groupId} and state = 'pending'`.execute(trx);
    if (rows[0]?.pending === locked.length) break;
    await sql`rollback to savepoint hold_group`.execute(trx);
  }
  await sql`release savepoint hold_group`.execute(trx);
}

interface Invite {
  id: string;
  state: 'pending' | 'accepted' | 'revoked' | 'expired';
  was: 'pending' | 'accepted' | 'revoked' | 'expired';
  invitation_id: string;
  email: string;
  role: 'admin' | 'viewer';
}

/**
 * Revoke what is pending of a group's invites and in time, and let go of the group in all of them: they
 * tell what became of them also when it is gone. Whoever calls holds all of them.
 */
export async function revokeGroupInvites(
  trx: Kysely<Database>,
  orgId: string,
  groupId: string,
  by: Actor,
): Promise<void> {
  const { rows } = await sql<Invite>`
    update invites set group_id = null,
      state = case when was.state <> 'pending' then was.state
        when was.expires_at > now() then 'revoked' else 'expired' end,
      decided_at = coalesce(invites.decided_at, now())
    from invites as was
    where was.org_id = ${orgId} and was.group_id = ${groupId}
      and invites.org_id = was.org_id and invites.id = was.id
    returning invites.id, invites.state, was.state as was, invites.invitation_id, invites.email,
      invites.role`.execute(trx);
  const revoked = rows.filter(({ state, was }) => was === 'pending' && state === 'revoked');
  await audit(
    trx,
    ...revoked.map(({ id, invitation_id, email, role }) => ({
      orgId,
      by,
      action: 'invite.revoke' as const,
      resourceId: id,
      before: {
        state: 'pending',
        invitation_id,
        website_id: null,
        group_id: groupId,
        email,
        role,
      },
      after: { state: 'revoked' },
    })),
  );
}
