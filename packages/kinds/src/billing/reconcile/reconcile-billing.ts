import type { BillingProvider } from '../provider.ts';
import type { Difference } from './compare.ts';
import { look, type Look } from './look.ts';
import { mend, type Mended, type SubmitEngine } from './mend.ts';
import { sift } from './sift.ts';

/** What differs between our groups and the provider's entities. */
export interface BillingReport {
  provider: string;
  /** How many were read: groups here, entities upstream. */
  checked: { groups: number; entities: number };
  differences: BillingDifference[];
}

/**
 * `missing`: a group is provisioned here or has its flag on, and there is no entity upstream.
 * `orphaned`: an entity upstream whose group is gone, or does not have it on record.
 * `mismatched`: name, organization or id differ. `duplicate`: one of several entities of a group.
 */
export interface BillingDifference {
  type: Difference['type'];
  /** As upstream says it, where there is no such group. */
  group_id: string | null;
  org_id: string | null;
  upstream_id: string | null;
  /** One line, for people; it may hold names. */
  detail: string;
  /** Repaired; of a missing entity: a job was submitted that makes it, where billing is enabled. */
  repaired: boolean;
}

/**
 * Compare our groups with what is upstream. Whatever differs is looked at twice, in two whole lists and
 * on a fresh record, so that nothing is told of a provisioning that is under way. With `repair`, what
 * can be repaired safely is: entities are adopted, renamed, or made by a job, never deleted. Several
 * may run at once.
 * @throws where the provider cannot be read, or the database; what was repaired until then stays so.
 */
export async function reconcileBilling(
  engine: SubmitEngine,
  provider: BillingProvider,
  { repair, signal }: { repair: boolean; signal: AbortSignal },
): Promise<BillingReport> {
  const { db } = engine;
  const { name } = provider;
  const first = await look(db, provider, signal);
  if (!(await anyDiffers(sift(db, name, [first])))) {
    return { provider: name, checked: first.checked, differences: [] };
  }
  const second: Look = await look(db, provider, signal);
  const differences: BillingDifference[] = [];
  for await (const batch of sift(db, name, [first, second])) {
    signal.throwIfAborted();
    const mended = repair
      ? await mend(engine, provider, batch, second.begunAt, signal)
      : batch.map((found) => ({ found, repaired: false }));
    differences.push(...mended.map(toDocument));
  }
  return { provider: name, checked: second.checked, differences };
}

async function anyDiffers(batches: AsyncIterable<readonly unknown[]>): Promise<boolean> {
  for await (const batch of batches) if (batch.length > 0) return true;
  return false;
}

function toDocument({ found: { difference }, repaired, failure }: Mended): BillingDifference {
  const { type, groupId, orgId, upstreamId, detail } = difference;
  return {
    type,
    group_id: groupId,
    org_id: orgId,
    upstream_id: upstreamId,
    detail: failure === undefined ? detail : `${detail}; ${failure}`,
    repaired,
  };
}
