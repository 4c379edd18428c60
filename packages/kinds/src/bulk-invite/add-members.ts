import { newId, prepared, type Database } from '@usher/db';
import type { Batch, ResultRows } from '@usher/jobs';
import { sql, type Transaction } from 'kysely';
import { inputOf, type BulkInviteInput } from './input.ts';
import { tablesOf } from './tables-of.ts';
import { verdicts } from './verdicts.ts';

/**
 * Direct mode, for jobs of different people: each user, made unverified if there is none, becomes a
 * member of each target. Users are upserted at once, in a statement of their own, because one made at
 * the same moment by another transaction is visible only to the next; members are added where the
 * results are read. Somebody who becomes a member of one of them meanwhile fails the statement.
 */
export async function addMembers(
  trx: Transaction<Database>,
  of: Exclude<BulkInviteInput['target'], 'organization'>,
  batches: readonly Batch[],
): Promise<ResultRows> {
  const tables = tablesOf(of);
  const inputs = batches.map(({ job }) => inputOf(job));
  const numbers = batches.map((_, at) => at + 1);
  // An array for each person, as Postgres writes it: thousands of ids are not quoted one by one.
  const person = sql`
    person as materialized (
      select number, org_id, email, role, scope::uuid[] as scope, positions::int[] as positions,
        target_ids::uuid[] as target_ids
      from unnest(
        ${numbers}::int[],
        ${batches.map(({ job }) => job.org_id)}::uuid[],
        ${inputs.map((input) => input.email)}::text[],
        ${inputs.map((input) => input.role)}::text[],
        ${inputs.map((input) => input.scope && `{${input.scope.join(',')}}`)}::text[],
        ${batches.map(({ targets }) => `{${targets.map((each) => each.position).join(',')}}`)}::text[],
        ${batches.map(({ targets }) => `{${targets.map((each) => each.targetId).join(',')}}`)}::text[]
      ) as person (number, org_id, email, role, scope, positions, target_ids)
    )`;
  const reached = sql`targets.org_id = person.org_id
    and (person.scope is null or targets.id = any (person.scope))`;

  await sql`${prepared}
    with ${person}
    insert into users (id, org_id, email, first_name, last_name)
    select made.id, person.org_id, person.email, made.first_name, made.last_name
    from person join unnest(
        ${numbers}::int[],
        ${batches.map(() => newId())}::uuid[],
        ${inputs.map((input) => input.first_name)}::text[],
        ${inputs.map((input) => input.last_name)}::text[]
      ) as made (number, id, first_name, last_name) on made.number = person.number
    where exists (select from ${tables.targets} as targets
      where ${reached} and targets.id = any (person.target_ids))
    order by person.org_id, person.email
    on conflict (org_id, email) do nothing`.execute(trx);

  const [added, member, missing] = [
    verdicts.added(of),
    verdicts.already_member(of),
    verdicts.not_found(of),
  ];
  return sql`${person}, known as (
      select person.*, users.id as user_id
      from person left join users on users.org_id = person.org_id and users.email = person.email
    ), member as (
      select person.number, asked.position, asked.id, person.org_id, person.role, person.user_id,
        targets.id is not null and person.user_id is not null as found,
        already.user_id is not null as already
      from known as person
      cross join lateral unnest(person.positions, person.target_ids) as asked (position, id)
      left join ${tables.targets} as targets on ${reached} and targets.id = asked.id
      left join ${tables.members} as already
        on already.${tables.targetId} = asked.id and already.user_id = person.user_id
    ), added as (
      insert into ${tables.members} (org_id, ${tables.targetId}, user_id, role)
      select org_id, id, user_id, role from member where found and not already
      order by id, user_id
    ), result as (
      select number, position, id as target_id,
        case when found and not already then 'succeeded' else 'failed' end as status,
        case when not found then ${missing.code} when already then ${member.code}
          else ${added.code} end as code,
        case when not found then ${missing.message} when already then ${member.message}
          else ${added.message} end as message,
        false as retryable,
        case when found and not already then jsonb_build_object('user_id', user_id) end as detail
      from member
    )`;
}
