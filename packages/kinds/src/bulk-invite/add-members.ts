import { newId, prepared, type Database } from '@usher/db';
import type { Batch, TargetResult } from '@usher/jobs';
import { sql, type Transaction } from 'kysely';
import { inputOf } from './input.ts';
import { reachable, tablesOf } from './tables-of.ts';
import { fail, succeed, verdicts } from './verdicts.ts';

/**
 * Direct mode: the user, made unverified if there is none, becomes a member of each target. The user
 * is upserted in a statement of its own, because one made at the same moment by another transaction
 * is visible only to the next.
 */
export async function addMembers(
  trx: Transaction<Database>,
  { job, targets }: Batch,
): Promise<TargetResult[]> {
  const input = inputOf(job);
  const tables = tablesOf(input.target);
  const ids = targets.map((target) => target.targetId);
  const within = reachable(job, ids);

  await sql`${prepared}
    insert into users (id, org_id, email, first_name, last_name)
    select ${newId()}, ${job.org_id}, ${input.email}, ${input.first_name}, ${input.last_name}
    where exists (select 1 from ${tables.targets} where ${within})
    on conflict (org_id, email) do nothing`.execute(trx);

  const { rows } = await sql<{ id: string; user_id: string | null; added: boolean }>`${prepared}
    with person as (
      select id from users where org_id = ${job.org_id} and email = ${input.email}
    ), found as (
      select id from ${tables.targets} where ${within}
    ), added as (
      insert into ${tables.members} (org_id, ${tables.targetId}, user_id, role)
      select ${job.org_id}, found.id, person.id, ${input.role} from found, person order by found.id
      on conflict do nothing
      returning ${tables.targetId} as id
    )
    select found.id, (select id from person) as user_id,
      exists (select 1 from added where added.id = found.id) as added
    from found`.execute(trx);

  const found = new Map(rows.map((row) => [row.id, row]));
  return targets.map((target) => {
    const row = found.get(target.targetId);
    if (!row?.user_id) return fail(target, verdicts.not_found(input.target));
    return row.added
      ? succeed(target, verdicts.added(input.target), { user_id: row.user_id })
      : fail(target, verdicts.already_member(input.target));
  });
}
