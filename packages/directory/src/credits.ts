import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import { audit, difference, NO_KEY, type Actor } from '@usher/events';
import { sql, type Kysely } from 'kysely';
import { inTransaction } from './in-transaction.ts';

/** A group's credits. Amounts have at most four decimals. */
export interface Credits {
  /** `monthly` and `oneOff` together. */
  total: number;
  /** Set to its amount anew at every reset. */
  monthly: number;
  oneOff: number;
  /** By Postgres' clock; null where no credits were ever set. */
  nextResetAt: Date | null;
}

/**
 * Resets follow the first one by whole months, counted in UTC from that one, so that the 31st is
 * not lost to February.
 */
const amounts = sql`
  coalesce(monthly + one_off, 0)::float8 as total,
  coalesce(monthly, 0)::float8 as monthly,
  coalesce(one_off, 0)::float8 as "oneOff",
  (
    select min(reset.at)
    from generate_series(
      0, 12 * (extract(year from now()) - extract(year from next_reset_at) + 1)::int
    ) as later (months), lateral (
      select (next_reset_at at time zone 'utc' + make_interval(months => later.months))
        at time zone 'utc' as at
    ) as reset
    where reset.at > now()
  ) as "nextResetAt"`;

/**
 * The group's credits: nothing but zeros where none were ever set.
 * @throws {PublicError} `not_found`.
 */
export async function findGroupCredits(
  db: Kysely<Database>,
  orgId: string,
  groupId: string,
): Promise<Credits> {
  const { rows } = await sql<Credits>`
    select ${amounts}
    from groups left join credits on credits.org_id = groups.org_id and credits.group_id = groups.id
    where groups.org_id = ${orgId} and groups.id = ${groupId}`.execute(db);
  if (!rows[0]) throw new PublicError('not_found', 'Group not found');
  return rows[0];
}

/**
 * Set a group's credits; an amount that is left out stays as it is. The first reset is a month after
 * credits were first set.
 * @throws {PublicError} `not_found`; `state_conflict` for a group without a billing entity.
 */
export function setGroupCredits(
  db: Kysely<Database>,
  orgId: string,
  groupId: string,
  { monthly = null, oneOff = null }: { monthly?: number | null; oneOff?: number | null },
  by: Actor = NO_KEY,
): Promise<Credits> {
  return inTransaction(db, async (trx) => {
    const before = await lockCredits(trx, orgId, groupId);
    const credits = await writeCredits(trx, orgId, groupId, { monthly, oneOff });
    const after = { monthly: credits.monthly, one_off: credits.oneOff };
    const looks = before ? difference(before, after) : { before: null, after };
    if (Object.keys(looks.after).length > 0) {
      await audit(trx, { orgId, by, action: 'credits.set', resourceId: groupId, ...looks });
    }
    return credits;
  });
}

/**
 * The amounts as they are until this transaction changes them; null: none were ever set. By the
 * group's row, since there may be none of credits to lock.
 */
async function lockCredits(
  trx: Kysely<Database>,
  orgId: string,
  groupId: string,
): Promise<{ monthly: number; one_off: number } | null> {
  await sql`select from groups where org_id = ${orgId} and id = ${groupId}
    for no key update`.execute(trx);
  const { rows } = await sql<{ monthly: number; one_off: number }>`
    select monthly::float8 as monthly, one_off::float8 as one_off from credits
    where org_id = ${orgId} and group_id = ${groupId}`.execute(trx);
  return rows[0] ?? null;
}

async function writeCredits(
  trx: Kysely<Database>,
  orgId: string,
  groupId: string,
  { monthly, oneOff }: { monthly: number | null; oneOff: number | null },
): Promise<Credits> {
  const { rows } = await sql<Credits>`
    insert into credits (org_id, group_id, monthly, one_off, next_reset_at)
    select groups.org_id, groups.id, coalesce(${monthly}::numeric, 0), coalesce(${oneOff}::numeric, 0),
      (now() at time zone 'utc' + interval '1 month') at time zone 'utc'
    from groups join billing_entities as entity
      on entity.org_id = groups.org_id and entity.group_id = groups.id
    where groups.org_id = ${orgId} and groups.id = ${groupId} and entity.state = 'provisioned'
    on conflict (group_id) do update set updated_at = now(),
      monthly = coalesce(${monthly}::numeric, credits.monthly),
      one_off = coalesce(${oneOff}::numeric, credits.one_off)
    returning ${amounts}`.execute(trx);
  if (rows[0]) return rows[0];
  const group = await trx
    .selectFrom('groups')
    .select('id')
    .where('org_id', '=', orgId)
    .where('id', '=', groupId)
    .executeTakeFirst();
  if (!group) throw new PublicError('not_found', 'Group not found');
  throw new PublicError(
    'state_conflict',
    'The group has no billing entity: enable billing for it before setting credits',
  );
}
