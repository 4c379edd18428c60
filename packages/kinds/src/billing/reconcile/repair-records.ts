import type { BillingEntitiesTable, Database } from '@usher/db';
import { audit } from '@usher/events';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { OurGroup } from './read-groups.ts';
import { repairEntry } from './repair-entry.ts';

interface Living {
  groupId: string;
  group: NonNullable<OurGroup['group']>;
  record: OurGroup['record'];
}

/**
 * The group's entity was found upstream: put it on record.
 * @returns `changed` where the record is not as it was read any more, so that somebody else is at it, or
 * was; `taken` where the entity is on record for another group.
 */
export async function adoptEntity(
  db: Kysely<Database>,
  provider: string,
  { groupId, group, record }: Living,
  upstreamId: string,
): Promise<'done' | 'changed' | 'taken'> {
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
  const before = record && { provider: record.provider, state: record.state };
  const after = { provider, state: 'provisioned', upstream_id: upstreamId };
  const done = await db.transaction().execute(async (trx) => {
    const { numAffectedRows } = await written.execute(trx);
    if (numAffectedRows !== 1n) return false;
    await audit(trx, repairEntry('billing_entity.adopt', group.orgId, groupId, { before, after }));
    return true;
  });
  if (done) return 'done';
  const { rows } = await taken.execute(db);
  return rows.length > 0 ? 'taken' : 'changed';
}

type AsRead = Pick<OurGroup, 'groupId' | 'record'>;

/**
 * The entities on record are not there upstream: from now on these groups are to have new ones, under
 * new keys. What was made before `listedAt` was listed, and is no concern of the next attempt.
 * @returns the groups whose record was still as it had been read.
 */
export async function forgetEntities(
  trx: Transaction<Database>,
  asRead: readonly AsRead[],
  listedAt: Date,
): Promise<string[]> {
  const { rows } = await sql<Pick<BillingEntitiesTable, 'group_id' | 'org_id' | 'provider'>>`
    with unchanged as (${unchanged(asRead, 'provisioned')})
    update billing_entities as record set
      state = 'intended', upstream_id = null, provisioned_at = null, epoch = epoch + 1,
      first_attempt_at = ${listedAt}, answered = false, updated_at = now()
    from unchanged where record.group_id = unchanged.group_id
    returning record.group_id, record.org_id, record.provider`.execute(trx);
  const upstreamIds = new Map(asRead.map((each) => [each.groupId, each.record?.upstreamId]));
  const entries = rows.map(({ group_id: id, org_id: orgId, provider }) =>
    repairEntry('billing_entity.forget', orgId, id, {
      before: { provider, state: 'provisioned', upstream_id: upstreamIds.get(id) },
      after: { provider, state: 'intended', upstream_id: null },
    }),
  );
  await audit(trx, ...entries);
  return rows.map((row) => row.group_id);
}

/**
 * Claim groups of one organization that have no entity, so that of several reconcilers one alone has
 * them provisioned.
 * @returns the groups whose record was still as it had been read.
 */
export async function claimGroups(
  trx: Transaction<Database>,
  provider: string,
  orgId: string,
  asRead: readonly AsRead[],
): Promise<string[]> {
  const fresh = asRead.filter(({ record }) => !record).map(({ groupId }) => groupId);
  const { rows } = await sql<{ group_id: string; inserted: boolean }>`
    with unchanged as (${unchanged(asRead, 'intended')}), touched as (
      update billing_entities as record set updated_at = now()
      from unchanged where record.group_id = unchanged.group_id
      returning record.group_id
    ), inserted as (
      insert into billing_entities (group_id, org_id, provider)
      select group_id, ${orgId}::uuid, ${provider} from unnest(${fresh}::uuid[]) as given (group_id)
      order by group_id
      on conflict do nothing returning group_id
    )
    select group_id, false as inserted from touched
    union all select group_id, true from inserted`.execute(trx);
  const after = { provider, state: 'intended' };
  const entries = rows
    .filter(({ inserted }) => inserted)
    .map(({ group_id: id }) =>
      repairEntry('billing_entity.claim', orgId, id, { before: null, after }),
    );
  await audit(trx, ...entries);
  return rows.map((row) => row.group_id);
}

/** Locks, in the order of their groups, the records that are as they were read. */
function unchanged(asRead: readonly AsRead[], state: 'intended' | 'provisioned') {
  const some = asRead.filter(({ record }) => record?.state === state);
  return sql`
    select record.group_id
    from unnest(
      ${some.map(({ groupId }) => groupId)}::uuid[],
      ${some.map(({ record }) => record?.version)}::text[]
    ) as given (group_id, version)
    join billing_entities as record on record.group_id = given.group_id
    where record.xmin::text = given.version and record.state = ${state}
    order by record.group_id for update of record`;
}
