import { rosterBody } from '@usher/contracts';
import { createGroup } from '@usher/directory';
import { submitJob } from '@usher/jobs';
import { jobKinds } from '../registry.ts';
import { acceptRoster } from '../roster-sync/accept-roster.ts';
import { parseRoster } from '../roster-sync/input.ts';
import { findRosterSync, type RosterSync } from '../roster-sync/read-sync.ts';
import { KIND_OPTIONS, runJob, type Kinds } from './use-kinds.ts';

export interface Person {
  reference_id: string;
  first_name?: string;
  last_name?: string;
  email?: string | null;
}

export const aGroup = async (use: Kinds): Promise<string> =>
  (await createGroup(use.db, use.orgId, { name: 'A team', websiteIds: [] })).id;

/** A sync that was accepted; nothing of it has run. */
export async function aSync(
  use: Kinds,
  groupId: string,
  people: readonly Person[],
): Promise<string> {
  const full = people.map((person) => ({ first_name: 'Ann', last_name: 'Lee', ...person }));
  const members = parseRoster(rosterBody.parse({ members: full }));
  const { jobId } = await submitJob(use.engine(), {
    orgId: use.orgId,
    apiKeyId: null,
    kind: jobKinds(KIND_OPTIONS)['roster-sync'],
    input: { members: members.length },
    targetIds: [groupId],
    accompany: (trx, id) => acceptRoster(trx, { orgId: use.orgId, groupId, jobId: id }, members),
  });
  return jobId;
}

/** What a sync that has run came to, as its client is told. */
export async function resultsOf(use: Kinds, groupId: string, jobId: string) {
  const sync = (await findRosterSync(use.db, { orgId: use.orgId, groupId, jobId })) as RosterSync;
  if (!sync.results) throw new Error('the sync has no results');
  return sync.results;
}

/** Accept a sync and run it. */
export async function sync(use: Kinds, groupId: string, people: readonly Person[]) {
  const jobId = await aSync(use, groupId, people);
  await runJob(use, jobId);
  return resultsOf(use, groupId, jobId);
}

export const rosterOf = (use: Kinds, groupId: string) =>
  use.db
    .selectFrom('roster_members')
    .selectAll()
    .where('group_id', '=', groupId)
    .orderBy('reference_id')
    .execute();

/** Who is on the roster, by reference. */
export const referencesOf = async (use: Kinds, groupId: string): Promise<string[]> =>
  (await rosterOf(use, groupId)).map((member) => member.reference_id);

/** Who is a member of the group, by address. */
export const addressesOf = async (use: Kinds, groupId: string): Promise<string[]> =>
  (
    await use.db
      .selectFrom('group_members')
      .innerJoin('users', 'users.id', 'group_members.user_id')
      .select('email')
      .where('group_id', '=', groupId)
      .orderBy('email')
      .execute()
  ).map(({ email }) => email);
