import { newId, type Database } from '@usher/db';
import type { Batch, TargetResult } from '@usher/jobs';
import { sql, type Transaction } from 'kysely';
import { inputOf } from './input.ts';
import { reachable, tablesOf } from './tables-of.ts';
import { fail, succeed, verdicts } from './verdicts.ts';

/**
 * Email mode: one pending invite per target. Invites past their time make room first, in target
 * order; the index on pending invites decides between two jobs that invite one address at once.
 */
export async function makeInvites(
  trx: Transaction<Database>,
  { job, targets }: Batch,
  lifetimeHours: number,
): Promise<TargetResult[]> {
  const input = inputOf(job);
  const tables = tablesOf(input.target);
  const ids = targets.map((target) => target.targetId);

  await sql`
    update invites set state = 'expired', decided_at = now() from (
      select id from invites
      where org_id = ${job.org_id} and target_id = any (${ids}::uuid[]) and email = ${input.email}
        and state = 'pending' and expires_at <= now()
      order by target_id for update) as past
    where invites.org_id = ${job.org_id} and invites.id = past.id`.execute(trx);

  const { rows } = await sql<{ id: string; member: boolean; invite_id: string | null }>`
    with found as (
      select id, exists (
        select 1 from ${tables.members} as members join users on users.id = members.user_id
        where members.${tables.targetId} = targets.id and users.org_id = ${job.org_id}
          and users.email = ${input.email}) as member
      from ${tables.targets} as targets where ${reachable(job, ids)}
    ), made as (
      insert into invites (id, org_id, invitation_id, ${tables.targetId}, email, role, expires_at)
      select new.id, ${job.org_id}, (select id from invitations where job_id = ${job.id}), found.id,
        ${input.email}, ${input.role},
        least(now() + make_interval(hours => ${lifetimeHours}), ${input.ends_at ?? null}::timestamptz)
      from found
      join unnest(${ids.map(() => newId())}::uuid[], ${ids}::uuid[]) as new (id, target_id)
        on new.target_id = found.id
      where not found.member
      order by found.id
      on conflict (target_id, email) where state = 'pending' do nothing
      returning id, target_id
    )
    select found.id, found.member, made.id as invite_id
    from found left join made on made.target_id = found.id`.execute(trx);

  // The insert may have waited for somebody who was just accepting: only a new snapshot shows that.
  const made = rows.flatMap((row) => row.invite_id ?? []);
  const { rows: late } = await sql<{ id: string }>`
    delete from invites using users, ${tables.members} as members
    where invites.org_id = ${job.org_id} and invites.id = any (${made}::uuid[])
      and users.org_id = invites.org_id and users.email = invites.email
      and members.user_id = users.id and members.${tables.targetId} = invites.target_id
    returning invites.target_id as id`.execute(trx);
  for (const { id } of late) {
    const row = rows.find((each) => each.id === id);
    if (row) row.member = true;
  }

  const found = new Map(rows.map((row) => [row.id, row]));
  return targets.map((target) => {
    const row = found.get(target.targetId);
    if (!row) return fail(target, verdicts.not_found(input.target));
    if (row.member) return fail(target, verdicts.already_member(input.target));
    return row.invite_id === null
      ? fail(target, verdicts.already_invited(input.target))
      : succeed(target, verdicts.invited(), { invite_id: row.invite_id });
  });
}
