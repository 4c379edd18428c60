import { prepared, type Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { hashApiKey } from './api-key-hash.ts';

/** Who asks, as their API key says. */
export interface Caller {
  orgId: string;
  orgName: string;
  partner: boolean;
  keyId: string;
  /** The only websites that the key sees; null for a global key. Empty: it sees none (any more). */
  scopedTo: string[] | null;
  readOnly: boolean;
}

/** The organization's requests in this minute, this one included. Over `limit`: refuse. */
export interface Rate {
  limit: number;
  used: number;
  /** Unix seconds by Postgres' clock: when the next minute starts. */
  resetAt: number;
}

/**
 * The caller that a key stands for; null for a key that is unknown, revoked or expired.
 * With `countAgainst` the request is counted too (`peek`: only told). One statement, since every
 * request pays for it.
 */
export async function findCaller(
  db: Kysely<Database>,
  key: string,
  options: { countAgainst?: { limit: number; peek?: boolean } | null } = {},
): Promise<{ caller: Caller; rate: Rate | null } | null> {
  const limit = options.countAgainst?.limit;
  const found = sql`
    select k.id as "keyId", k.org_id as "orgId", o.name as "orgName", o.partner,
      k.read_only as "readOnly",
      case when k.scoped then array(
        select w.website_id from api_key_websites w
        where w.org_id = k.org_id and w.api_key_id = k.id order by w.website_id
      ) end as "scopedTo"
    from api_keys k join organizations o on o.id = k.org_id
    where k.hash = ${hashApiKey(key)} and k.revoked_at is null
      and (k.expires_at is null or k.expires_at > now())`;
  const thisMinute = sql`floor(extract(epoch from now()) / 60)::bigint`;
  const counted = options.countAgainst?.peek
    ? sql`
      select ${thisMinute} as minute, coalesce((
        select used from rate_windows where org_id = "orgId" and minute = ${thisMinute}), 0) as used
      from caller`
    : sql`
      insert into rate_windows as w (org_id, minute, used)
      select "orgId", ${thisMinute}, 1 from caller
      on conflict (org_id, minute) do update set used = w.used + 1
      returning minute, used`;
  const statement =
    limit === undefined
      ? sql<Found>`${prepared}${found}`
      : sql<Found>`${prepared}
        with caller as (${found}), counted as (${counted})
        select caller.*, counted.minute, counted.used from caller cross join counted`;
  const { rows } = await statement.execute(db);
  if (!rows[0]) return null;
  const { minute, used, ...caller } = rows[0];
  const rate =
    limit === undefined ? null : { limit, used: used ?? 0, resetAt: ((minute ?? 0) + 1) * 60 };
  return { caller, rate };
}

type Found = Caller & { minute?: number; used?: number };
