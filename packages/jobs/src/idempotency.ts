import { createHash } from 'node:crypto';
import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';

export const IDEMPOTENCY_DAYS = 30;
// No body of ours has more than a few levels; recursion must not end the process.
const DEEPEST = 64;

/** A client's key for one route; `body` is the parsed JSON as it came. */
export interface IdempotencyClaim {
  route: string;
  key: string;
  body: unknown;
}

type Claim = IdempotencyClaim & { orgId: string };

/**
 * Take the key for this job, or learn which job took it. While another transaction holds the key
 * this waits for it, so two requests at once make one job.
 * @returns the earlier job's id, or undefined when the key is ours.
 * @throws {PublicError} `idempotency_key_reused` when the body differs.
 */
export async function claimKey(
  trx: Transaction<Database>,
  claim: Claim & { jobId: string },
): Promise<string | undefined> {
  const earlier = await insertOrRead(trx, claim, claim.jobId);
  if (!earlier) return undefined;
  if (earlier.job_id === null) throw reused();
  return earlier.job_id;
}

/** Whether the key has been used, for whatever body: then its request was accepted before. */
export async function isKeyKnown(db: Kysely<Database>, claim: Claim): Promise<boolean> {
  const { rows } = await sql`
    select from idempotency_keys
    where org_id = ${claim.orgId} and route = ${claim.route} and key = ${claim.key}
      and created_at >= now() - make_interval(days => ${IDEMPOTENCY_DAYS})`.execute(db);
  return rows.length > 0;
}

export interface StoredAnswer {
  status: number;
  body: unknown;
}

/**
 * Run `work` once per key, in one transaction with the record of its answer. A repeat gets the
 * stored answer, which is `kept` where the first one says something that is said only once; a failed run
 * stores nothing.
 */
export async function answerOnce(
  db: Kysely<Database>,
  claim: Claim | undefined,
  work: (trx: Transaction<Database>) => Promise<StoredAnswer & { kept?: unknown }>,
): Promise<StoredAnswer & { replayed: boolean }> {
  return db.transaction().execute(async (trx) => {
    if (!claim) {
      const { status, body } = await work(trx);
      return { status, body, replayed: false };
    }
    const earlier = await insertOrRead(trx, claim, null);
    if (earlier) {
      if (earlier.status === null) throw reused();
      return { status: earlier.status, body: earlier.body, replayed: true };
    }
    const { status, body, kept = body } = await work(trx);
    await trx
      .updateTable('idempotency_keys')
      .set({ status, body: JSON.stringify(kept) })
      .where('org_id', '=', claim.orgId)
      .where('route', '=', claim.route)
      .where('key', '=', claim.key)
      .execute();
    return { status, body, replayed: false };
  });
}

async function insertOrRead(trx: Transaction<Database>, claim: Claim, jobId: string | null) {
  const hash = bodyHash(claim.body);
  for (;;) {
    // A key older than it is kept for is as good as new.
    const inserted = await sql<{ key: string }>`
      insert into idempotency_keys as known (org_id, route, key, body_hash, job_id)
      values (${claim.orgId}, ${claim.route}, ${claim.key}, ${hash}, ${jobId})
      on conflict (org_id, route, key) do update
        set body_hash = excluded.body_hash, job_id = excluded.job_id, status = null, body = null,
            created_at = now()
        where known.created_at < now() - make_interval(days => ${IDEMPOTENCY_DAYS})
      returning key`.execute(trx);
    if (inserted.rows.length > 0) return undefined;
    const earlier = await trx
      .selectFrom('idempotency_keys')
      .select(['job_id', 'status', 'body', 'body_hash'])
      .where('org_id', '=', claim.orgId)
      .where('route', '=', claim.route)
      .where('key', '=', claim.key)
      .executeTakeFirst();
    // Pruned between the two statements: it is ours to take.
    if (!earlier) continue;
    if (!earlier.body_hash.equals(hash)) throw reused();
    return earlier;
  }
}

/** Bodies are compared as parsed JSON: neither spacing nor the order of members counts. */
function bodyHash(body: unknown): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(inOrder(body)) ?? 'undefined')
    .digest();
}

function inOrder(value: unknown, depth = 0): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (depth === DEEPEST) throw new PublicError('invalid_request', 'The body is nested too deeply');
  if (Array.isArray(value)) return value.map((member) => inOrder(member, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, inOrder(member, depth + 1)]),
  );
}

const reused = () =>
  new PublicError(
    'idempotency_key_reused',
    'This Idempotency-Key was used with another body. Send a new key with a new request.',
  );

/** Forget keys older than they are promised to be kept. */
export async function pruneIdempotencyKeys(db: Kysely<Database>): Promise<void> {
  await sql`delete from idempotency_keys
    where created_at < now() - make_interval(days => ${IDEMPOTENCY_DAYS})`.execute(db);
}
