import { submitJob, type Engine } from '@usher/jobs';
import type { BillingInput } from '../input.ts';
import { billingProvisioning } from '../kind.ts';
import type { BillingProvider } from '../provider.ts';
import { adoptEntity, claimGroup, forgetEntity, type Repair } from './repair-records.ts';
import type { Found } from './sift.ts';

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
  const wanting = new Map<string, string[]>();
  for (const found of batch) {
    signal.throwIfAborted();
    const result = await mendOne(engine, provider, found, listedAt, signal);
    if (result === 'changed') continue;
    mended.push({ found, ...result });
    const { groupId, group } = found.ours;
    if (found.difference.mend !== 'provision' || !group?.billingEnabled || !groupId) continue;
    wanting.set(group.orgId, [...(wanting.get(group.orgId) ?? []), groupId]);
  }
  for (const [orgId, groupIds] of wanting) await submit(engine, orgId, groupIds);
  return mended;
}

type Result = Omit<Mended, 'found'>;

async function mendOne(
  { db }: SubmitEngine,
  provider: BillingProvider,
  { ours, difference }: Found,
  listedAt: Date,
  signal: AbortSignal,
): Promise<Result | 'changed'> {
  const { groupId, group, record } = ours;
  const { mend: how, upstreamId } = difference;
  if (how === null || groupId === null) return { repaired: false };
  const rename = (id: string, name: string) => renameTo(provider, { id, groupId }, name, signal);
  if (how === 'rename') return group && upstreamId ? rename(upstreamId, group.name) : 'changed';
  if (how === 'provision') {
    if (record?.state === 'provisioned') {
      return resultOf(await forgetEntity(db, groupId, record.version, listedAt));
    }
    if (!group) return 'changed';
    return resultOf(await claimGroup(db, provider.name, { groupId, group, record }));
  }
  if (!group || !upstreamId) return 'changed';
  const adopted = resultOf(
    await adoptEntity(db, provider.name, { groupId, group, record }, upstreamId),
  );
  return adopted !== 'changed' && adopted.repaired ? rename(upstreamId, group.name) : adopted;
}

function resultOf(repair: Repair): Result | 'changed' {
  if (repair === 'changed') return repair;
  return repair === 'done'
    ? { repaired: true }
    : { repaired: false, failure: 'it is on record for another group' };
}

async function renameTo(
  provider: BillingProvider,
  entity: { id: string; groupId: string },
  name: string,
  signal: AbortSignal,
): Promise<Result> {
  const renamed = await provider.rename(entity, name, signal);
  return renamed.kind === 'ok'
    ? { repaired: true }
    : { repaired: false, failure: `it could not be renamed: ${renamed.reason}` };
}

async function submit(engine: SubmitEngine, orgId: string, groupIds: string[]): Promise<void> {
  const input: BillingInput = { notify_email: null, change: null, create: null };
  const kind = billingProvisioning({ provider: null, retryBaseMs: 0 });
  await submitJob(engine, { orgId, apiKeyId: null, kind, input, targetIds: groupIds });
}
