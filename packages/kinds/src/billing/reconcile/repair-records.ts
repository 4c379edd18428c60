import type { Database } from '@usher/db';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { OurGroup } from './read-groups.ts';

/**
 * What came of a repair of the record. `changed`: it is not as it was read any more, so somebody else
 * is at it, or was. `taken`: the entity is on record for another group.
 */
export type Repair = 'done' | 'changed' | 'taken';

interface Living {
  groupId: string;
  group: NonNullable<OurGroup['group']>;
  record: OurGroup['record'];
}

/** The group's entity was found upstream: put it on record, unless the record changed since. */
export async function adoptEntity(
  db: Kysely<Database>,
  provider: string,
  { groupId, group, record }: Living,
  upstreamId: string,
): Promise<Repair> {
  const taken = sql`select from billing_entities as other
    where other.provider = ${provider} and other.upstream_id = ${upstreamId}
      and other.group_id <> ${groupId}`;
  const written = record
    ? sql`
        update billing_entities set
          provider = ${provider}, state = 'provisioned', upstream_id = ${upstreamId},
          provisioned_at = clock_timestamp(), updated_at = now(),
          first_attempt_at = coalesce(first_attempt_at, now()), answered = false,
          holder_task = null, holder_token = null
        where group_id = ${groupId} and xmin::text = ${record.version} and state = 'intended'
          and not exists (${taken})`
    : sql`
        insert into billing_entities
          (group_id, org_id, provider, state, upstream_id, first_attempt_at, provisioned_at)
        select ${groupId}::uuid, ${group.orgId}::uuid, ${provider}, 'provisioned', ${upstreamId},
          now(), clock_timestamp()
        where not exists (${taken})
        on conflict do nothing`;
  if (await wrote(db, written)) return 'done';
  const { rows } = await taken.execute(db);
  return rows.length > 0 ? 'taken' : 'changed';
}

/**
 * The entity on record is not there upstream: from now on the group is to have a new one, under a new
 * key. What was made before `listedAt` was listed, and is no concern of the next attempt.
 */
export async function forgetEntity(
  db: Kysely<Database>,
  groupId: string,
  version: string,
  listedAt: Date,
): Promise<Repair> {
  const written = await wrote(
    db,
    sql`
      update billing_entities set
        state = 'intended', upstream_id = null, provisioned_at = null, epoch = epoch + 1,
        first_attempt_at = ${listedAt}, answered = false, updated_at = now()
      where group_id = ${groupId} and xmin::text = ${version} and state = 'provisioned'`,
  );
  return written ? 'done' : 'changed';
}

/** Claim a group without an entity, so that of several reconcilers one alone has it provisioned. */
export async function claimGroup(
  db: Kysely<Database>,
  provider: string,
  { groupId, group, record }: Living,
): Promise<Repair> {
  const written = await wrote(
    db,
    record
      ? sql`
          update billing_entities set updated_at = now()
          where group_id = ${groupId} and xmin::text = ${record.version} and state = 'intended'`
      : sql`
          insert into billing_entities (group_id, org_id, provider)
          values (${groupId}, ${group.orgId}, ${provider}) on conflict do nothing`,
  );
  return written ? 'done' : 'changed';
}

async function wrote(db: Kysely<Database>, statement: RawBuilder<unknown>): Promise<boolean> {
  return (await statement.execute(db)).numAffectedRows === 1n;
}
