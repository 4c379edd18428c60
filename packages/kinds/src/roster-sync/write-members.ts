import { classifyFailure, newId, sqlState, type Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import type { RefusedMember, RosterMember } from './input.ts';
import type { Sync } from './syncs.ts';

const STATEMENT_TIMEOUT = '57014';

type Place = Pick<Sync, 'orgId' | 'groupId'>;

export interface Written {
  /** Ids of those who were not there before, in the order of the addresses. */
  added: string[];
  refused: RefusedMember[];
}

/**
 * Put members on a group's roster, or correct those who are there: all in two statements, and where they
 * fail, half of them and the other half, until whoever is at fault stands alone.
 */
export async function writeMembers(
  trx: Transaction<Database>,
  place: Place,
  members: readonly RosterMember[],
): Promise<Written> {
  return writeOrHalve(trx, place, await sortByAddress(trx, members));
}

/** Users are locked in the order of their addresses, in which Postgres, everywhere, sorts them. */
async function sortByAddress(
  trx: Transaction<Database>,
  members: readonly RosterMember[],
): Promise<RosterMember[]> {
  const { rows } = await sql<{ number: number }>`
    select number from unnest(${members.map(({ email }) => email)}::text[])
      with ordinality as given (email, number)
    order by email, number`.execute(trx);
  return rows.map(({ number }) => members[number - 1] as RosterMember);
}

async function writeOrHalve(
  trx: Transaction<Database>,
  place: Place,
  members: readonly RosterMember[],
): Promise<Written> {
  const [first, ...others] = members;
  if (!first) return { added: [], refused: [] };
  await sql`savepoint write_members`.execute(trx);
  try {
    await makeUsers(trx, place, members);
    const added = await upsertMembers(trx, place, members);
    await sql`release savepoint write_members`.execute(trx);
    return { added, refused: [] };
  } catch (error) {
    if (classifyFailure(error) !== 'counted') throw error;
    await sql`rollback to savepoint write_members`.execute(trx);
    await sql`release savepoint write_members`.execute(trx);
    if (others.length === 0) {
      const code = sqlState(error);
      // Nothing that Postgres holds against this member: the next attempt may do better.
      if (code === undefined || code === STATEMENT_TIMEOUT) throw error;
      const reason = `could not be written (SQLSTATE ${code})`;
      return { added: [], refused: [{ reference_id: first.reference_id, reason }] };
    }
  }
  const middle = Math.ceil(members.length / 2);
  const before = await writeOrHalve(trx, place, members.slice(0, middle));
  const after = await writeOrHalve(trx, place, members.slice(middle));
  return {
    added: [...before.added, ...after.added],
    refused: [...before.refused, ...after.refused],
  };
}

/** Who has an address is a user, made unverified if there is none. */
async function makeUsers(
  trx: Transaction<Database>,
  { orgId }: Place,
  members: readonly RosterMember[],
): Promise<void> {
  const reachable = members.filter(({ email }) => email !== null);
  if (reachable.length === 0) return;
  await sql`
    insert into users (id, org_id, email, first_name, last_name)
    select id, ${orgId}, email, nullif(first_name, ''), nullif(last_name, '')
    from unnest(
      ${reachable.map(() => newId())}::uuid[],
      ${reachable.map(({ email }) => email)}::text[],
      ${reachable.map((member) => member.first_name)}::text[],
      ${reachable.map((member) => member.last_name)}::text[]
    ) with ordinality as given (id, email, first_name, last_name, number)
    order by number
    on conflict (org_id, email) do nothing`.execute(trx);
}

/** In a statement after that of the users: one made by another transaction meanwhile is seen only now. */
async function upsertMembers(
  trx: Transaction<Database>,
  { orgId, groupId }: Place,
  members: readonly RosterMember[],
): Promise<string[]> {
  const { rows } = await sql<{ id: string; added: boolean }>`
    insert into roster_members as known
      (id, org_id, group_id, reference_id, first_name, last_name, user_id)
    select given.id, ${orgId}, ${groupId}, reference_id, given.first_name, given.last_name, users.id
    from unnest(
      ${members.map(() => newId())}::uuid[],
      ${members.map(({ reference_id }) => reference_id)}::text[],
      ${members.map((member) => member.first_name)}::text[],
      ${members.map((member) => member.last_name)}::text[],
      ${members.map(({ email }) => email)}::text[]
    ) as given (id, reference_id, first_name, last_name, email)
    left join users on users.org_id = ${orgId} and users.email = given.email
    on conflict (group_id, reference_id) do update set
      first_name = excluded.first_name, last_name = excluded.last_name, user_id = excluded.user_id,
      updated_at = clock_timestamp()
      where (known.first_name, known.last_name, known.user_id)
        is distinct from (excluded.first_name, excluded.last_name, excluded.user_id)
    returning id, xmax = 0 as added`.execute(trx);
  return rows.flatMap(({ id, added }) => (added ? [id] : [])).toSorted();
}
