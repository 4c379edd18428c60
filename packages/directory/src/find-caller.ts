import { prepared, type Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { hashApiKey } from './api-key-hash.ts';

/** What a caller shows: an API key, or the SHA-256 of one. */
export type Credential = string | Buffer;

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

export interface Found {
  caller: Caller;
  rate: Rate | null;
}

/** Whether a key opens anything now; over a row `k` of `api_keys`. */
export const isValid = sql<boolean>`(k.revoked_at is null and (k.expires_at is null or k.expires_at > now()))`;

/**
 * The caller that a key stands for; null for a key that is unknown, revoked or expired.
 * With `countAgainst` the request is counted too (`peek`: only told).
 */
export async function findCaller(
  db: Kysely<Database>,
  key: Credential,
  options: CallerOptions = {},
): Promise<Found | null> {
  return (await findCallers(db, [key], options))[0] ?? null;
}

interface CallerOptions {
  countAgainst?: { limit: number; peek?: boolean } | null;
}

/** The same for several requests at once, in their order: one statement, since every request pays. */
export async function findCallers(
  db: Kysely<Database>,
  keys: readonly Credential[],
  options: CallerOptions = {},
): Promise<Array<Found | null>> {
  const limit = options.countAgainst?.limit;
  const found = sql`
    select asked.number, k.id as "keyId", k.org_id as "orgId", o.name as "orgName", o.partner,
      k.read_only as "readOnly",
      case when k.scoped then array(
        select w.website_id from api_key_websites w
        where w.org_id = k.org_id and w.api_key_id = k.id order by w.website_id
      ) end as "scopedTo"
    from unnest(${keys.map(hashOf)}::bytea[]) with ordinality as asked (hash, number)
    join api_keys k on k.hash = asked.hash join organizations o on o.id = k.org_id
    where ${isValid}`;
  const thisMinute = sql`floor(extract(epoch from now()) / 60)::bigint`;
  const counted = options.countAgainst?.peek
    ? sql`
      select each."orgId" as org_id, ${thisMinute} as minute, coalesce((
        select used from rate_windows where org_id = each."orgId" and minute = ${thisMinute}), 0) as used
      from (select distinct "orgId" from caller) as each`
    : sql`
      insert into rate_windows as w (org_id, minute, used)
      select "orgId", ${thisMinute}, count(*)::int from caller group by "orgId" order by "orgId"
      on conflict (org_id, minute) do update set used = w.used + excluded.used
      returning org_id, minute, used`;
  // Each of several requests is told what had been used when its own turn came.
  const turn = options.countAgainst?.peek
    ? sql`counted.used`
    : sql`(counted.used - count(*) over (partition by org_id)
        + row_number() over (partition by org_id order by number))::int`;
  const statement =
    limit === undefined
      ? sql<Row>`${prepared}${found}`
      : sql<Row>`${prepared}
        with caller as (${found}), counted as (${counted})
        select caller.*, counted.minute, ${turn} as used
        from caller join counted on counted.org_id = caller."orgId"`;
  const { rows } = await statement.execute(db);
  const byNumber = new Map(rows.map((row) => [row.number, row]));
  return keys.map((_, at) => {
    const row = byNumber.get(at + 1);
    if (!row) return null;
    const { number: _number, minute, used, ...caller } = row;
    const rate =
      limit === undefined ? null : { limit, used: used ?? 0, resetAt: ((minute ?? 0) + 1) * 60 };
    return { caller, rate };
  });
}

const hashOf = (key: Credential) => (typeof key === 'string' ? hashApiKey(key) : key);

type Row = Caller & { number: number; minute?: number; used?: number };
