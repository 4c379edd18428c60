import { changeGroup, createGroup, deleteGroup } from '@usher/directory';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { aBulkInvite, outcomesOf, runJob, useKinds } from '../testing/use-kinds.ts';
import {
  addressesOf,
  aGroup,
  aSync,
  referencesOf,
  resultsOf,
  sync,
} from '../testing/use-rosters.ts';

const use = useKinds();
const person = (reference_id: string) => ({
  reference_id,
  email: `${reference_id}@races.example`,
});
const codeOf = async (jobId: string) => (await outcomesOf(use.db, jobId))[0]?.code;
const SEED = Number(process.env.USHER_SEED ?? 700);

/** The same order for the same seed. */
function shuffled<T>(all: readonly T[], seed: number): T[] {
  let state = seed;
  const next = () => (state = (state * 48_271) % 2_147_483_647);
  return all
    .map((each) => ({ each, at: next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ each }) => each);
}

test('of two syncs that run at once the later one has the last word', async () => {
  for (let round = 0; round < 20; round += 1) {
    const group = await aGroup(use);
    const older = await aSync(use, group, [person(`a${round}`), person('both')]);
    const later = await aSync(use, group, [person('both'), person(`b${round}`)]);
    await Promise.all(shuffled([older, later], SEED + round).map((jobId) => runJob(use, jobId)));
    expect(await referencesOf(use, group)).toEqual([`b${round}`, 'both']);
    expect(await addressesOf(use, group)).toEqual([
      `b${round}@races.example`,
      'both@races.example',
    ]);
    expect(await codeOf(later)).toBe('synced');
    expect(['synced', 'superseded']).toContain(await codeOf(older));
  }
});

test('of 50 syncs accepted and run at once, in any order, the last accepted is the roster', async () => {
  const group = await aGroup(use);
  const asked = Array.from({ length: 50 }, (_, n) => [
    person('everybody'),
    person(`one-${n}`),
    person(`even-${n - (n % 2)}`),
  ]);
  const jobIds = await Promise.all(asked.map((people) => aSync(use, group, people)));
  const versions = await use.db
    .selectFrom('roster_syncs')
    .select(['job_id', 'version'])
    .where('group_id', '=', group)
    .orderBy('version')
    .execute();
  expect(versions.map(({ version }) => version)).toEqual(asked.map((_, n) => n + 1));
  const applied = new Set<string>();
  await Promise.all(
    shuffled(jobIds, SEED).map(async (jobId) => {
      await runJob(use, jobId);
      if ((await codeOf(jobId)) === 'synced') applied.add(jobId);
    }),
  );
  const last = versions.at(-1)?.job_id as string;
  const wanted = asked[jobIds.indexOf(last)]?.map(({ reference_id }) => reference_id);
  expect(await referencesOf(use, group)).toEqual(wanted?.toSorted());
  expect(applied).toContain(last);
  // What each was told, taken together, is how the roster came to be what it is.
  const told = await Promise.all([...applied].map((jobId) => resultsOf(use, group, jobId)));
  const added = told.flatMap((each) => each.added);
  const removed = new Set(told.flatMap((each) => each.removed));
  expect(new Set(added).size).toBe(added.length);
  expect(added.filter((id) => !removed.has(id))).toHaveLength(wanted?.length ?? 0);
});

test('syncs and bulk invites of the same people and groups at once come to an end, and lose nobody', async () => {
  const groups = await Promise.all([aGroup(use), aGroup(use), aGroup(use)]);
  const people = Array.from({ length: 30 }, (_, n) => person(`mixed-${n}`));
  const syncs = await Promise.all(
    groups.map((group, n) => aSync(use, group, shuffled(people, SEED + n))),
  );
  const invites = await Promise.all(
    people.map(({ email }) =>
      aBulkInvite(use, groups, { method: 'direct', target: 'group', email }),
    ),
  );
  await Promise.all(shuffled([...syncs, ...invites], SEED).map((jobId) => runJob(use, jobId)));
  for (const group of groups) {
    expect(await addressesOf(use, group)).toEqual(people.map(({ email }) => email).toSorted());
  }
  for (const jobId of syncs) expect(await codeOf(jobId)).toBe('synced');
  for (const jobId of invites) expect((await outcomesOf(use.db, jobId)).length).toBe(3);
});

test('a group deleted while it is synced is gone, and its sync ends', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { id } = await createGroup(use.db, use.orgId, { name: 'Brief', websiteIds: [] });
    await sync(use, id, [person('before')]);
    const jobId = await aSync(use, id, [person('after')]);
    await Promise.all([runJob(use, jobId), deleteGroup(use.db, use.orgId, id)]);
    expect(['synced', 'not_found']).toContain(await codeOf(jobId));
    expect(await referencesOf(use, id)).toEqual([]);
  }
});

test('while a sync runs, its group can be changed, and the next one is accepted', async () => {
  const group = await aGroup(use);
  const first = await aSync(use, group, [person('first')]);
  let next = '';
  let commits = 0;
  const engine = use.engine({
    async failpoint(name) {
      if (name !== 'record:before-commit') return;
      commits += 1;
      if (next) return;
      await changeGroup(use.db, use.orgId, group, { name: 'Changed meanwhile' });
      next = await aSync(use, group, [person('next')]);
    },
  });
  await runJob(use, first, engine);
  // It would be given up, and done again, by a sync that stood in the way.
  expect(commits).toBe(1);
  await runJob(use, next);
  expect([await codeOf(first), await codeOf(next)]).toEqual(['synced', 'synced']);
  expect(await referencesOf(use, group)).toEqual(['next']);
});

test('a sync whose process dies before its commit is done once, by whoever takes it next', async () => {
  const group = await aGroup(use);
  const jobId = await aSync(use, group, [person('a'), person('b')]);
  const dying = use.engine({
    failpoint: (name) => {
      if (name === 'record:before-commit') throw new Error('the process died');
    },
  });
  await runJob(use, jobId, dying);
  expect([await referencesOf(use, group), await addressesOf(use, group)]).toEqual([[], []]);
  await sql`update tasks set due_at = now() where job_id = ${jobId}`.execute(use.db);
  await runJob(use, jobId);
  expect(await referencesOf(use, group)).toEqual(['a', 'b']);
  expect((await resultsOf(use, group, jobId)).added).toHaveLength(2);
});

test('ten thousand members are one sync, and travel with the large jobs', async () => {
  const group = await aGroup(use);
  const many = Array.from({ length: 10_000 }, (_, n) => person(`member-${n}`));
  const jobId = await aSync(use, group, many);
  const task = await use.db
    .selectFrom('tasks')
    .select(['lane', 'gate', 'cost'])
    .where('job_id', '=', jobId)
    .execute();
  expect(task).toEqual([{ lane: 'bulk', gate: 'database', cost: 10_000 }]);
  await runJob(use, jobId);
  expect((await resultsOf(use, group, jobId)).added).toHaveLength(10_000);
  expect(await addressesOf(use, group)).toHaveLength(10_000);
  const moved = many.map((each, n) => (n % 2 ? each : { ...each, first_name: 'Bo' })).slice(1);
  const second = await sync(use, group, moved);
  expect([second.added.length, second.removed.length]).toEqual([0, 1]);
});
