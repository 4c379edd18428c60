import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import type { BillingProvider, UpstreamEntity } from '../provider.ts';
import { compare } from './compare.ts';
import { listGroups, listProvisioned } from './list-ours.ts';
import { readGroups } from './read-groups.ts';

/** A group that may differ: all that the provider listed for it. */
export interface Suspect {
  groupId: string | null;
  /** Its organization, as far as anybody says. */
  orgId: string | null;
  entities: UpstreamEntity[];
}

/** One look at everything, theirs and ours. */
export interface Look {
  /** By Postgres' clock. */
  begunAt: Date;
  checked: { groups: number; entities: number };
  suspects: Map<string, Suspect>;
}

/**
 * Read both sides page by page. Of what agrees, ids alone are kept; whatever changes meanwhile may be
 * among the suspects, and is for `compare` to sort out.
 * @throws where the provider cannot be read.
 */
export async function look(
  db: Kysely<Database>,
  provider: BillingProvider,
  signal: AbortSignal,
): Promise<Look> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  const begunAt = rows[0]?.now as Date;
  const upstream = await readUpstream(db, provider, begunAt, signal);
  const { suspects, idOf, groupOf } = upstream;
  for await (const records of listProvisioned(db, provider.name)) {
    signal.throwIfAborted();
    for (const { group_id: groupId, org_id: orgId, upstream_id: id } of records) {
      if (idOf.has(groupId)) continue;
      // Somebody gave our entity to another group, upstream.
      const owner = groupOf.get(id);
      const entities = owner === undefined ? [] : [{ id, groupId: owner, orgId: null, name: null }];
      suspects.set(groupId, { groupId, orgId, entities });
    }
  }
  let groups = 0;
  for await (const batch of listGroups(db)) {
    signal.throwIfAborted();
    groups += batch.length;
    for (const { id: groupId, org_id: orgId, wanting } of batch) {
      const known = suspects.get(groupId);
      // Its entity was listed, and nothing was wrong then: what changed since is for the next look.
      if (!wanting || (!known && idOf.has(groupId))) continue;
      suspects.set(groupId, { groupId, orgId, entities: known?.entities ?? [] });
    }
  }
  return { begunAt, checked: { groups, entities: groupOf.size }, suspects };
}

async function readUpstream(
  db: Kysely<Database>,
  provider: BillingProvider,
  begunAt: Date,
  signal: AbortSignal,
) {
  const suspects = new Map<string, Suspect>();
  /** The first entity of each group, and the group of each entity. */
  const idOf = new Map<string, string>();
  const groupOf = new Map<string, string | null>();
  for await (const page of provider.list(signal)) {
    signal.throwIfAborted();
    const ours = await readGroups(db, page);
    for (const [at, entity] of page.entries()) {
      // Pages can show an entity twice.
      if (groupOf.has(entity.id)) continue;
      groupOf.set(entity.id, entity.groupId);
      const key = entity.groupId ?? ` ${entity.id}`;
      const first = idOf.get(key);
      const our = ours[at];
      const { groupId, orgId } = entity;
      if (first !== undefined) {
        const known = suspects.get(key);
        // The first one was as we know it.
        const { orgId: ourOrgId = orgId, name = null } = our?.group ?? {};
        const asKnown = { id: first, groupId, orgId: ourOrgId, name };
        const entities = [...(known?.entities ?? [asKnown]), entity];
        suspects.set(key, { groupId, orgId: known?.orgId ?? orgId, entities });
        continue;
      }
      idOf.set(key, entity.id);
      const listed = { begunAt, entities: [entity] };
      if (our && compare(provider.name, our, listed).length > 0) {
        suspects.set(key, { groupId, orgId, entities: [entity] });
      }
    }
  }
  return { suspects, idOf, groupOf };
}
