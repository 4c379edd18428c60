import type { DatabaseKind, JobHead, Target, TargetResult } from '@usher/jobs';
import type { Database } from '@usher/db';
import type { Transaction } from 'kysely';
import { applyRoster } from './apply-roster.ts';
import { forgetResults, keepFailures, keepResults, lockSync, type SyncResults } from './syncs.ts';
import { rosterInputOf } from './input.ts';

export const ROSTER_SYNC = 'roster-sync';

const verdicts = {
  not_found: { code: 'not_found', message: 'Group not found' },
  superseded: { code: 'superseded', message: 'A later sync of this group was applied before' },
};

/**
 * Make a group's roster what was asked for, all of it at once. Its one target is the group. Of two syncs
 * of a group the one accepted later has the last word, in whichever order they run.
 */
export function rosterSync(): DatabaseKind {
  return {
    effect: 'database',
    name: ROSTER_SYNC,
    describe: () => ({ idField: 'group_id' }),
    weigh: (input) => rosterInputOf({ input }).members,

    // The sync's row, made by whoever submits it, who alone has the members.
    ownsRows: () => true,
    accept: async () => undefined,
    settle: async () => undefined,
    reopen: (trx, job, count) => (count > 0 ? forgetResults(trx, job.id) : Promise.resolve()),

    // It may have been canceled, have failed for good, or have lost its group: it never ran then.
    async follow(trx, jobs) {
      for (const { id } of jobs) await keepFailures(trx, id);
      return [];
    },

    run: (trx, { job, targets }) =>
      Promise.all(targets.map((target) => syncRoster(trx, job, target))),

    // The group cannot go meanwhile: `lockSync` keeps it.
    explain: () => undefined,
  };
}

async function syncRoster(
  trx: Transaction<Database>,
  job: JobHead,
  target: Target,
): Promise<TargetResult> {
  const sync = await lockSync(trx, job);
  if (!sync.roster) return { ...target, ...verdicts.not_found, status: 'failed' };
  if (sync.roster.applied > sync.version) {
    return { ...target, ...verdicts.superseded, status: 'failed' };
  }
  const results = await applyRoster(trx, sync);
  await keepResults(trx, sync, results);
  return { ...target, status: 'succeeded', code: 'synced', message: summaryOf(results) };
}

const summaryOf = ({ added, removed, failures }: SyncResults) =>
  `Roster synced: ${added.length} added, ${removed.length} removed, ${failures.length} failed`;
