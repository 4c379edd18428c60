import type { Database, Task } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';

/** What this attempt must know of those before it. */
export interface Begun {
  kind: 'begun';
  epoch: number;
  /** When upstream was first asked to create; null: never, so there is nothing to look for. */
  since: Date | null;
  /** The last request ended with a definite no: once a look-up finds nothing, its key is used up. */
  answered: boolean;
}

export type Beginning =
  | Begun
  | { kind: 'provisioned' }
  /** Another task is at the same group, under a lease that lives. */
  | { kind: 'held' }
  /** It was begun with, or belongs to, another provider. */
  | { kind: 'elsewhere'; provider: string };

interface Row {
  provider: string;
  state: 'intended' | 'provisioned';
  epoch: number;
  first_attempt_at: Date | null;
  answered: boolean;
  held: boolean;
}

/**
 * Write down, before anything is asked upstream, that this task is about to: whoever comes after it
 * looks before it creates. The holder is the task under its present lease, so that nothing has to be
 * renewed, or released, beside the lease itself.
 */
export function beginAttempt(
  db: Kysely<Database>,
  task: Task,
  groupId: string,
  provider: string,
): Promise<Beginning> {
  return db.transaction().execute(async (trx) => {
    await sql`insert into billing_entities (group_id, org_id, provider)
      values (${groupId}, ${task.org_id}, ${provider}) on conflict (group_id) do nothing`.execute(
      trx,
    );
    await sql`select from billing_entities where group_id = ${groupId} for update`.execute(trx);
    // Who holds it is read only now: in a snapshot taken before the wait a lease could be missing.
    const { rows } = await sql<Row>`
      select provider, state, epoch, first_attempt_at, answered, exists (
        select from tasks
        where tasks.id = holder_task and tasks.id <> ${task.id}
          and tasks.lease_token = holder_token and tasks.leased_until > clock_timestamp()) as held
      from billing_entities where group_id = ${groupId}`.execute(trx);
    const row = rows[0] as Row;
    if (row.provider !== provider) {
      if (row.first_attempt_at !== null) return { kind: 'elsewhere', provider: row.provider };
      await sql`update billing_entities set provider = ${provider}
        where group_id = ${groupId}`.execute(trx);
    }
    if (row.state === 'provisioned') return { kind: 'provisioned' };
    if (row.held) return { kind: 'held' };
    await sql`update billing_entities set
        holder_task = ${task.id}, holder_token = ${task.lease_token},
        first_attempt_at = coalesce(first_attempt_at, clock_timestamp()), updated_at = now()
      where group_id = ${groupId}`.execute(trx);
    const { epoch, answered, first_attempt_at: since } = row;
    return { kind: 'begun', epoch, since, answered };
  });
}

/**
 * The key so far is used up: nothing came of it, and nothing can any more.
 * @returns the next epoch; undefined: the lease was lost to somebody who decides in our place.
 */
export async function raiseEpoch(
  db: Kysely<Database>,
  task: Task,
  groupId: string,
): Promise<number | undefined> {
  const { rows } = await sql<{ epoch: number }>`
    update billing_entities set epoch = epoch + 1, answered = false,
      -- Nothing older can come to light any more: the next look need not go further back.
      first_attempt_at = clock_timestamp(), updated_at = now()
    where group_id = ${groupId} and holder_token = ${task.lease_token} and state = 'intended'
    returning epoch`.execute(db);
  return rows[0]?.epoch;
}

/** The first attempt certainly had no effect: there is still nothing to look for. */
export async function forgetAttempt(
  db: Kysely<Database>,
  task: Task,
  groupId: string,
): Promise<void> {
  await sql`update billing_entities set first_attempt_at = null, updated_at = now()
    where group_id = ${groupId} and holder_token = ${task.lease_token} and state = 'intended'`.execute(
    db,
  );
}

/** It exists upstream. What was known first stays: there is never a second one on record. */
export async function keepEntity(
  trx: Transaction<Database>,
  groupId: string,
  upstreamId: string,
): Promise<void> {
  await sql`update billing_entities set
      state = 'provisioned', upstream_id = ${upstreamId}, provisioned_at = now(), updated_at = now(),
      holder_task = null, holder_token = null
    where group_id = ${groupId} and state = 'intended'`.execute(trx);
}

/**
 * Upstream said no to creating it: for sure, this time. Should we die before this is written, its key
 * is tried once more, and refused once more.
 */
export async function keepRefusal(
  db: Kysely<Database>,
  task: Task,
  groupId: string,
): Promise<void> {
  await sql`update billing_entities set answered = true, updated_at = now()
    where group_id = ${groupId} and holder_token = ${task.lease_token}`.execute(db);
}
