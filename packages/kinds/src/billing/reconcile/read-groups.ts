import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { BILLING_PROVISIONING } from '../kind.ts';

/** A group and its billing entity, as we have them on record. */
export interface OurGroup {
  /** Null, or anything at all, where the provider names a group that cannot be one of ours. */
  groupId: string | null;
  /** Null: there is none in that organization. */
  group: { orgId: string; name: string; billingEnabled: boolean } | null;
  record: {
    orgId: string;
    provider: string;
    state: 'intended' | 'provisioned';
    upstreamId: string | null;
    provisionedAt: Date | null;
    /** Whether the provider was ever asked. */
    attempted: boolean;
    /** Changes whenever the row does. */
    version: string;
  } | null;
  /** Not provisioned, and a task is at it, or will be within the hour. */
  busy: boolean;
}

interface Row {
  group_id: string;
  org_id: string | null;
  name: string;
  billing_enabled: boolean;
  record_org_id: string | null;
  provider: string;
  state: 'intended' | 'provisioned';
  upstream_id: string | null;
  provisioned_at: Date | null;
  attempted: boolean;
  version: string;
  busy: boolean;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const uuidOrNull = (text: string | null) => (text !== null && UUID.test(text) ? text : null);

/**
 * Read these groups, all in one snapshot. A group is looked for in the organization on record, or else
 * in the one given: ids from upstream are only claims.
 * @returns as many, in the same order.
 */
export async function readGroups(
  db: Kysely<Database>,
  wanted: ReadonlyArray<{ groupId: string | null; orgId: string | null }>,
): Promise<OurGroup[]> {
  const asked = wanted.filter(({ groupId }) => uuidOrNull(groupId) !== null);
  const ids = asked.map(({ groupId }) => groupId);
  const { rows } = await sql<Row>`
    select given.id as group_id, groups.org_id, groups.name, groups.billing_enabled,
      record.org_id as record_org_id, record.provider, record.state, record.upstream_id,
      record.provisioned_at, record.first_attempt_at is not null as attempted,
      record.xmin::text as version,
      case when record.state = 'provisioned' then false else given.id in (
        select target_ids[1] from tasks
        where kind = ${BILLING_PROVISIONING} and target_ids[1] = any (${ids}::uuid[])
          and (lease_token is not null or (not held and due_at < now() + interval '1 hour'))
      ) end as busy
    from unnest(${ids}::uuid[], ${asked.map(({ orgId }) => uuidOrNull(orgId))}::uuid[])
      as given (id, org_id)
    left join billing_entities as record on record.group_id = given.id
    left join groups on groups.id = given.id
      and groups.org_id = coalesce(record.org_id, given.org_id)`.execute(db);
  const found = new Map(rows.map((row) => [row.group_id, toOurGroup(row)]));
  return wanted.map(
    ({ groupId }) =>
      found.get(groupId ?? '') ?? { groupId, group: null, record: null, busy: false },
  );
}

function toOurGroup(row: Row): OurGroup {
  return {
    groupId: row.group_id,
    group:
      row.org_id === null
        ? null
        : { orgId: row.org_id, name: row.name, billingEnabled: row.billing_enabled },
    record:
      row.record_org_id === null
        ? null
        : {
            orgId: row.record_org_id,
            provider: row.provider,
            state: row.state,
            upstreamId: row.upstream_id,
            provisionedAt: row.provisioned_at,
            attempted: row.attempted,
            version: row.version,
          },
    busy: row.busy,
  };
}
