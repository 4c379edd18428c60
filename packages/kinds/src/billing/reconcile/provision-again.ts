import { submitJob } from '@usher/jobs';
import type { BillingInput } from '../input.ts';
import { billingProvisioning } from '../kind.ts';
import type { SubmitEngine } from './mend.ts';
import { claimGroups, forgetEntities } from './repair-records.ts';
import type { Found } from './sift.ts';

/** To submit it; workers have their own. */
const KIND = billingProvisioning({ provider: null, retryBaseMs: 0 });
const INPUT: BillingInput = { notify_email: null, change: null, create: null };

/**
 * Have entities made for these groups of one organization, by one job; where billing is not enabled,
 * the record is set right and nothing is made. Records and job are one commit: of several reconcilers
 * one alone submits a group.
 * @returns those that were still as they had been read.
 */
export async function provisionAgain(
  engine: SubmitEngine,
  provider: string,
  orgId: string,
  batch: readonly Found[],
  listedAt: Date,
): Promise<Found[]> {
  const ours = batch.map((found) => found.ours);
  const done = await engine.db.transaction().execute(async (trx) => {
    const repaired = new Set([
      ...(await forgetEntities(trx, ours, listedAt)),
      ...(await claimGroups(trx, provider, orgId, ours)),
    ]);
    const founds = batch.filter(({ ours: { groupId } }) => repaired.has(groupId ?? ''));
    const targetIds = founds.flatMap(({ ours: { groupId, group } }) =>
      group?.billingEnabled && groupId ? [groupId] : [],
    );
    if (targetIds.length > 0) {
      const submission = { orgId, apiKeyId: null, kind: KIND, input: INPUT, targetIds };
      // Without a key and rows of its own a job is one statement, here in this transaction.
      await submitJob({ ...engine, db: trx }, submission);
    }
    return founds;
  });
  // The first call may have come before the commit.
  engine.wake.notify(KIND.place.lane);
  return done;
}
