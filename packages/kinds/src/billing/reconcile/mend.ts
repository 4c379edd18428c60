import { audit } from '@usher/events';
import type { Engine } from '@usher/jobs';
import type { BillingProvider } from '../provider.ts';
import { provisionAgain } from './provision-again.ts';
import { repairEntry } from './repair-entry.ts';
import { adoptEntity } from './repair-records.ts';
import type { Found } from './sift.ts';

/** What submitting a job takes. */
export type SubmitEngine = Pick<Engine, 'db' | 'wake' | 'logger' | 'companions'>;

/** A difference, and whether it was repaired. */
export interface Mended {
  found: Found;
  repaired: boolean;
  /** Why not, where it was tried. */
  failure?: string;
}

/**
 * Repair what can be repaired, each only as it was read: what changed since is left out. Groups whose
 * entity has to be made are given to a job.
 * @param listedAt when the list that they were found by was begun.
 */
export async function mend(
  engine: SubmitEngine,
  provider: BillingProvider,
  batch: readonly Found[],
  listedAt: Date,
  signal: AbortSignal,
): Promise<Mended[]> {
  const mended: Mended[] = [];
  const wanting = new Map<string, Found[]>();
  for (const found of batch) {
    signal.throwIfAborted();
    const { mend: how, orgId } = found.difference;
    if (how === 'provision' && orgId !== null) {
      wanting.set(orgId, [...(wanting.get(orgId) ?? []), found]);
    } else {
      const result = await mendOne(engine, provider, found, signal);
      if (result !== 'changed') mended.push({ found, ...result });
    }
  }
  for (const [orgId, founds] of wanting) {
    const done = await provisionAgain(engine, provider.name, orgId, founds, listedAt);
    for (const found of done) mended.push({ found, repaired: true });
  }
  return mended;
}

type Result = Omit<Mended, 'found'>;

async function mendOne(
  { db }: SubmitEngine,
  provider: BillingProvider,
  { ours, difference }: Found,
  signal: AbortSignal,
): Promise<Result | 'changed'> {
  const { groupId, group, record } = ours;
  const { mend: how, upstreamId } = difference;
  if (how === null || groupId === null || !group || upstreamId === null) return { repaired: false };
  if (how === 'adopt') {
    const living = { groupId, group, record };
    const adopted = await adoptEntity(db, provider.name, living, upstreamId);
    if (adopted === 'changed') return adopted;
    if (adopted === 'taken') {
      return { repaired: false, failure: 'it is on record for another group' };
    }
  }
  // Also of an entity just adopted: it may never have had its name.
  const renamed = await provider.rename({ id: upstreamId, groupId }, group.name, signal);
  if (renamed.kind !== 'ok') {
    return { repaired: false, failure: `it could not be renamed: ${renamed.reason}` };
  }
  const looks = { before: null, after: { upstream_id: upstreamId, name: group.name } };
  const entry = repairEntry('billing_entity.rename', group.orgId, groupId, looks);
  await db.transaction().execute((trx) => audit(trx, entry));
  return { repaired: true };
}
