import { newId, prepared, type Database } from '@usher/db';
import type { Batch, ResultRows } from '@usher/jobs';
import { sql, type RawBuilder, type Transaction } from 'kysely';
import { inputOf, type BulkInviteInput } from './input.ts';
import { tablesOf } from './tables-of.ts';
import { verdicts } from './verdicts.ts';

/**
 * Email mode, for jobs of different people: one pending invite per target, in target order; the index on
 * pending invites decides between two jobs that invite one address at once. An insert may have waited
 * for somebody who was just accepting: who is a member by then is seen where the results are read, and
 * such an invite is taken back there.
 */
export async function makeInvites(
  trx: Transaction<Database>,
  of: BulkInviteInput['target'],
  batches: readonly Batch[],
  lifetimeHours: number,
): Promise<ResultRows> {
  const people = peopleOf(of, batches);
  let made = await make(trx, of, people, lifetimeHours);
  // Somebody's invite is in the way; should it be past its time, it makes room.
  if (made.conflicts > 0 && (await expirePast(trx, people))) {
    made = await make(trx, of, people, lifetimeHours);
  }
  return resultsOf(of, people, made);
}

interface Made {
  conflicts: number;
  /** Who was a member before anything was made, by number and position: few, as a rule. */
  members: Array<[number, number]>;
}

async function make(
  trx: Transaction<Database>,
  of: BulkInviteInput['target'],
  people: RawBuilder<unknown>,
  lifetimeHours: number,
): Promise<Made> {
  const { rows } = await sql<Made>`${prepared}
    with ${people}, made as (
      insert into invites (id, org_id, invitation_id, ${tablesOf(of).targetId}, email, role, expires_at)
      select invite_id, org_id, invitation_id, id, email, role,
        least(now() + make_interval(hours => ${lifetimeHours}), ends_at)
      from asked
      where found and member is null
      order by id, email
      on conflict do nothing
      returning id
    )
    select (count(*) filter (where found and member is null) - (select count(*) from made))::int
        as conflicts,
      coalesce(json_agg(json_build_array(number, position)) filter (where member), '[]') as members
    from asked`.execute(trx);
  return rows[0] as Made;
}

function resultsOf(
  of: BulkInviteInput['target'],
  people: RawBuilder<unknown>,
  { members }: Made,
): ResultRows {
  const [invited, member, pending, missing] = [
    verdicts.invited(),
    verdicts.already_member(of),
    verdicts.already_invited(of),
    verdicts.not_found(of),
  ];
  return sql`${people}, member as materialized (
      select number, position from unnest(
        ${members.map(([number]) => number)}::int[],
        ${members.map(([, position]) => position)}::int[]) as member (number, position)
    ), each as materialized (
      select number, position, id, org_id, found,
        member is not null or exists (
          select from member where member.number = asked.number and member.position = asked.position)
          as member,
        (select id from invites where invites.org_id = asked.org_id and invites.id = asked.invite_id)
          as invite_id
      from asked
    ), late as (
      delete from invites using each
      where invites.org_id = each.org_id and invites.id = each.invite_id and each.member
    ), result as (
      select number, position, id as target_id,
        case when found and not member and invite_id is not null then 'succeeded' else 'failed' end
          as status,
        case when not found then ${missing.code} when member then ${member.code}
          when invite_id is null then ${pending.code} else ${invited.code} end as code,
        case when not found then ${missing.message} when member then ${member.message}
          when invite_id is null then ${pending.message} else ${invited.message} end as message,
        false as retryable,
        case when found and not member and invite_id is not null
          then jsonb_build_object('invite_id', invite_id) end as detail
      from each
    )`;
}

/**
 * Common table expressions up to `asked`: who is invited to what, whether that is there and they are a
 * member of it, and the ids that their invites will have. Each row is found by its whole key: joins would
 * be planned on tables whose sizes are not known.
 */
function peopleOf(of: BulkInviteInput['target'], batches: readonly Batch[]): RawBuilder<unknown> {
  const tables = tablesOf(of);
  const inputs = batches.map(({ job }) => inputOf(job));
  const listOf = <T>(read: (target: Batch['targets'][number]) => T) =>
    batches.map(({ targets }) => `{${targets.map(read).join(',')}}`);
  // An array for each person, as Postgres writes it: thousands of ids are not quoted one by one.
  return sql`
    person as materialized (
      select number, org_id, email, role, scope::uuid[] as scope, ends_at,
        (select id from invitations where invitations.job_id = person.job_id) as invitation_id,
        (select id from users where users.org_id = person.org_id and users.email = person.email)
          as user_id,
        positions::int[] as positions, target_ids::uuid[] as target_ids,
        invite_ids::uuid[] as invite_ids
      from unnest(
        ${batches.map((_, at) => at + 1)}::int[],
        ${batches.map(({ job }) => job.org_id)}::uuid[],
        ${batches.map(({ job }) => job.id)}::uuid[],
        ${inputs.map((input) => input.email)}::text[],
        ${inputs.map((input) => input.role)}::text[],
        ${inputs.map((input) => input.scope && `{${input.scope.join(',')}}`)}::text[],
        ${inputs.map((input) => input.ends_at ?? null)}::timestamptz[],
        ${listOf(({ position }) => position)}::text[],
        ${listOf(({ targetId }) => targetId)}::text[],
        ${listOf(() => newId())}::text[]
      ) as person
        (number, org_id, job_id, email, role, scope, ends_at, positions, target_ids, invite_ids)
    ), asked as materialized (
      select person.number, each.position, each.id, each.invite_id, person.org_id,
        person.invitation_id, person.email, person.role, person.ends_at,
        (person.scope is null or each.id = any (person.scope)) and (
          select true from ${tables.targets} as targets
          where targets.org_id = person.org_id and targets.id = each.id) is true as found,
        (select true from ${tables.members} as members
          where members.${tables.targetId} = each.id and members.user_id = person.user_id) as member
      from person
      cross join lateral unnest(person.positions, person.target_ids, person.invite_ids)
        as each (position, id, invite_id)
    )`;
}

/** Of these people, in target order. @returns whether there were any. */
async function expirePast(
  trx: Transaction<Database>,
  people: RawBuilder<unknown>,
): Promise<boolean> {
  const { numAffectedRows } = await sql`${prepared}
    with ${people}, pending as materialized (
      select id as target_id, email, (
        select invites.id from invites
        where invites.target_id = asked.id and invites.email = asked.email
          and invites.state = 'pending' and (invites.org_id = asked.org_id) is true) as id, org_id
      from asked where found
    ), past as materialized (
      select invites.org_id, invites.id
      from pending join invites using (org_id, id)
      where invites.state = 'pending' and invites.expires_at <= now()
      order by invites.target_id, invites.email for update of invites
    )
    update invites set state = 'expired', decided_at = now()
    from past where invites.org_id = past.org_id and invites.id = past.id`.execute(trx);
  return (numAffectedRows ?? 0n) > 0n;
}
