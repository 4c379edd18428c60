import type { Database, Task } from '@usher/db';
import type { Kysely } from 'kysely';
import { forgetAttempt, keepRefusal, raiseEpoch, type Begun } from './entities.ts';
import type { BillingProvider, Upstream, UpstreamEntity } from './provider.ts';

/**
 * Make sure of one entity upstream. Where an earlier attempt may have made it, it is looked for first.
 * Repeating the request under its key is safe; a new key only after a definite no *and* a look that
 * found nothing.
 */
export async function provision(
  db: Kysely<Database>,
  provider: BillingProvider,
  attempt: { task: Task; groupId: string; name: string; begun: Begun },
  signal: AbortSignal,
): Promise<Upstream<UpstreamEntity>> {
  const { task, groupId, begun } = attempt;
  let epoch: number | undefined = begun.epoch;
  let unusedKey = begun.since === null;
  if (begun.since !== null) {
    const found = await provider.find(groupId, begun.since, signal);
    if (found.kind !== 'ok') return found;
    if (found.value) return name(provider, found.value, attempt, signal);
    if (begun.answered) {
      epoch = await raiseEpoch(db, task, groupId);
      unusedKey = true;
    }
    if (epoch === undefined) return leaseLost;
  }
  if (signal.aborted) return leaseLost;
  const key = `${groupId}-${epoch}`;
  const made = await provider.create({ groupId, orgId: task.org_id, key }, signal);
  // A no that came to a second request under a key says nothing of the first.
  const said = made.kind === 'rejected' || made.kind === 'unavailable';
  const spent = said && (made.keySpent || (made.kind === 'rejected' && unusedKey));
  if (made.kind === 'unavailable' && made.untouched && begun.since === null) {
    await forgetAttempt(db, task, groupId);
  }
  if (spent) await keepRefusal(db, task, groupId);
  if (made.kind !== 'ok') return made;
  return name(provider, made.value, attempt, signal);
}

const leaseLost: Upstream<never> = {
  kind: 'unanswered',
  reason: 'The worker lost its lease',
};

/** The name is not part of the request that creates: it may change between two tries of it. */
async function name(
  provider: BillingProvider,
  entity: UpstreamEntity,
  { groupId, name: wanted }: { groupId: string; name: string },
  signal: AbortSignal,
): Promise<Upstream<UpstreamEntity>> {
  // Without its name it is an entity all the same; the reconciler lists what differs.
  if (entity.name !== wanted) await provider.rename({ id: entity.id, groupId }, wanted, signal);
  return { kind: 'ok', value: entity };
}
