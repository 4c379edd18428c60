import type { UpstreamEntity } from '../provider.ts';
import type { OurGroup } from './read-groups.ts';

/** One thing that differs between a group of ours and what the provider has for it. */
export interface Difference {
  type: 'missing' | 'orphaned' | 'mismatched' | 'duplicate';
  groupId: string | null;
  orgId: string | null;
  upstreamId: string | null;
  /** One line, for people. */
  detail: string;
  /** What would repair it; null: nothing that is safe to do unseen. */
  mend: 'provision' | 'adopt' | 'rename' | null;
}

/** What a list of the provider's entities, begun at that moment, holds for one group. */
export interface Listed {
  begunAt: Date;
  entities: readonly UpstreamEntity[];
}

/** What differs of one group, as it is now, from what was listed for it. */
export function compare(provider: string, ours: OurGroup, listed: Listed): Difference[] {
  const { begunAt, entities } = listed;
  // Work in progress, or finished since: the list cannot speak of it.
  if (ours.busy) return [];
  if (ours.record?.provisionedAt && ours.record.provisionedAt >= begunAt) return [];
  const [only] = entities;
  if (!only) return compareWithNone(provider, ours);
  if (entities.length === 1 || !ours.group) {
    return entities.flatMap((entity) => compareWithOne(provider, ours, entity));
  }
  const known = knownId(provider, ours);
  const count = `There are ${entities.length} upstream`;
  const among = entities.some(({ id }) => id === known);
  const detail = among ? `${count}; ours is ${known}` : `${count}; none of them is ours`;
  return entities.flatMap((entity) =>
    entity.id === known
      ? compareWithOne(provider, ours, entity)
      : [difference('duplicate', ours, entity, detail)],
  );
}

function compareWithNone(provider: string, ours: OurGroup): Difference[] {
  const { group, record } = ours;
  const known = knownId(provider, ours);
  if (known !== null) {
    const detail = 'It is provisioned here, and there is no such entity upstream';
    return [{ ...difference('missing', ours, null, detail, 'provision'), upstreamId: known }];
  }
  if (!group?.billingEnabled || record?.state === 'provisioned') return [];
  const detail = 'Billing is enabled, and the group has no entity';
  return [difference('missing', ours, null, detail, isFree(provider, ours) ? 'provision' : null)];
}

function compareWithOne(provider: string, ours: OurGroup, entity: UpstreamEntity): Difference[] {
  const { group, record } = ours;
  if (!group) return [difference('orphaned', ours, entity, 'There is no such group')];
  const known = knownId(provider, ours);
  const foreign = entity.orgId !== group.orgId;
  if (known === null) {
    const detail =
      record?.state === 'provisioned'
        ? `The group's entity is with ${record.provider}`
        : "It is not on record as the group's entity";
    const adoptable = !foreign && isFree(provider, ours);
    return [difference('orphaned', ours, entity, detail, adoptable ? 'adopt' : null)];
  }
  if (entity.id !== known) {
    return [difference('mismatched', ours, entity, `On record for the group is ${known}`)];
  }
  if (entity.groupId !== ours.groupId) {
    return [difference('mismatched', ours, entity, 'Upstream it is that of another group')];
  }
  const differences: Difference[] = [];
  if (foreign) {
    const detail = `Its organization is ${quote(entity.orgId)} upstream`;
    differences.push(difference('mismatched', ours, entity, detail));
  }
  if (entity.name !== group.name) {
    const detail = `Its name is ${quote(entity.name)} upstream, ${quote(group.name)} here`;
    differences.push(difference('mismatched', ours, entity, detail, foreign ? null : 'rename'));
  }
  return differences;
}

/** The upstream id that we have on record with this provider. */
function knownId(provider: string, { record }: OurGroup): string | null {
  return record?.provider === provider ? record.upstreamId : null;
}

/** Nothing was ever asked of another provider for the group. */
function isFree(provider: string, { record }: OurGroup): boolean {
  if (!record) return true;
  return record.state === 'intended' && (record.provider === provider || !record.attempted);
}

function difference(
  type: Difference['type'],
  { groupId, group, record }: OurGroup,
  entity: UpstreamEntity | null,
  detail: string,
  mend: Difference['mend'] = null,
): Difference {
  const orgId = group?.orgId ?? record?.orgId ?? entity?.orgId ?? null;
  return { type, groupId, orgId, upstreamId: entity?.id ?? null, detail, mend };
}

const quote = (text: string | null) =>
  text === null ? 'none' : JSON.stringify(text.slice(0, 100).replaceAll(/\p{C}/gu, ' '));
