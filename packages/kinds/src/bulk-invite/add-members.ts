import { newId, prepared, type Database } from '@usher/db';
import type { Batch, TargetResult } from '@usher/jobs';
import { sql, type Transaction } from 'kysely';
import { inputOf, type BulkInviteInput } from './input.ts';
import { tablesOf } from './tables-of.ts';
import { fail, succeed, verdicts } from './verdicts.ts';

/**
 * Direct mode, for jobs of different people: each user, made unverified if there is none, becomes a
 * member of each target. Users are upserted in a statement of their own, because one made at the same
 * moment by another transaction is visible only to the next.
 */
export async function addMembers(
  trx: Transaction<Database>,
  of: Exclude<BulkInviteInput['target'], 'organization'>,
  batches: readonly Batch[],
): Promise<TargetResult[][]> {
  const tables = tablesOf(of);
  const inputs = batches.map(({ job }) => inputOf(job));
  const asked = batches.flatMap(({ targets }, batch) =>
    targets.map(({ targetId }) => ({ batch, targetId })),
  );
  const given = sql`
    person as (
      select * from unnest(
        ${batches.map((_, batch) => batch)}::int[],
        ${batches.map(({ job }) => job.org_id)}::uuid[],
        ${inputs.map((input) => input.email)}::text[],
        ${inputs.map((input) => input.role)}::text[],
        ${inputs.map((input) => input.scope && `{${input.scope.join(',')}}`)}::text[]
      ) as person (batch, org_id, email, role, scope)
    ), found as (
      select person.batch, targets.id
      from unnest(
        ${asked.map(({ batch }) => batch)}::int[],
        ${asked.map(({ targetId }) => targetId)}::uuid[]
      ) as asked (batch, id)
      join person on person.batch = asked.batch
      join ${tables.targets} as targets on targets.org_id = person.org_id and targets.id = asked.id
      where person.scope is null or targets.id = any (person.scope::uuid[])
    )`;

  await sql`${prepared}
    with ${given}
    insert into users (id, org_id, email, first_name, last_name)
    select made.id, person.org_id, person.email, made.first_name, made.last_name
    from person join unnest(
        ${batches.map((_, batch) => batch)}::int[],
        ${batches.map(() => newId())}::uuid[],
        ${inputs.map((input) => input.first_name)}::text[],
        ${inputs.map((input) => input.last_name)}::text[]
      ) as made (batch, id, first_name, last_name) on made.batch = person.batch
    where person.batch in (select batch from found)
    order by person.org_id, person.email
    on conflict (org_id, email) do nothing`.execute(trx);

  // Found and added side by side: Postgres would join them in a nested loop.
  const { rows } = await sql<{ batch: number | null; id: string; user_id: string }>`${prepared}
    with ${given}, member as (
      select found.batch, found.id, person.org_id, person.role, users.id as user_id
      from found join person on person.batch = found.batch
      join users on users.org_id = person.org_id and users.email = person.email
    ), added as (
      insert into ${tables.members} (org_id, ${tables.targetId}, user_id, role)
      select org_id, id, user_id, role from member order by id, user_id
      on conflict do nothing
      returning ${tables.targetId} as id, user_id
    )
    select batch, id, user_id from member
    union all select null, id, user_id from added`.execute(trx);

  const found = batches.map(() => new Map<string, string>());
  const added = new Set<string>();
  for (const { batch, id, user_id } of rows) {
    if (batch === null) added.add(`${id} ${user_id}`);
    else found[batch]?.set(id, user_id);
  }
  return batches.map(({ targets }, batch) =>
    targets.map((target) => {
      const user_id = found[batch]?.get(target.targetId);
      if (user_id === undefined) return fail(target, verdicts.not_found(of));
      return added.has(`${target.targetId} ${user_id}`)
        ? succeed(target, verdicts.added(of), { user_id })
        : fail(target, verdicts.already_member(of));
    }),
  );
}
