import { expect, test } from 'vitest';
import { assertGroupChange, changeGroup } from './change-group.ts';
import { assertNewGroup, createGroup } from './create-group.ts';
import { deleteGroup } from './delete-group.ts';
import { findGroup, listGroups, type Group } from './find-groups.ts';
import { anOrganization, unknownId, untilBlocked, useDatabase } from './fixtures.ts';

const use = useDatabase();

async function someGroups(count: number) {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const groups: Group[] = [];
  for (let index = 0; index < count; index += 1) {
    groups.push(await createGroup(use.db, orgId, { name: `Group ${index}` }));
  }
  const move = (group: Group, parent: Group | null) =>
    changeGroup(use.db, orgId, group.id, { parentNumber: parent?.number ?? null });
  return { orgId, groups, move };
}

const refusal = (message: string) => ({
  code: 'invalid_request',
  details: [{ path: 'parentId', message }],
});

test('a group is made below another, moves elsewhere, and out again', async () => {
  const { orgId, groups, move } = await someGroups(2);
  const [first, second] = groups as [Group, Group];
  const wanted = { name: 'Below', parentNumber: first.number };
  const group = await createGroup(use.db, orgId, wanted);
  expect(group.parentNumber).toBe(first.number);
  expect((await move(group, second)).parentNumber).toBe(second.number);
  const moved = await move(group, null);
  expect(moved.parentNumber).toBeNull();
  expect(await move(group, null)).toEqual(moved);
});

test('no group goes below itself, however far', async () => {
  const { orgId, groups, move } = await someGroups(4);
  const [top, middle, low, other] = groups as [Group, Group, Group, Group];
  await move(middle, top);
  await move(low, middle);
  const below = refusal('A group cannot go below a group that is below it');
  const refused = [
    [top, top, refusal('A group cannot be its own parent')],
    [top, middle, below],
    [top, low, below],
    [middle, low, below],
  ] as const;
  for (const [group, parent, expected] of refused) {
    await expect(move(group, parent)).rejects.toMatchObject(expected);
    const change = { parentNumber: parent.number };
    await expect(assertGroupChange(use.db, orgId, group.id, change)).rejects.toMatchObject(
      expected,
    );
  }
  // Whoever moves takes along what is below.
  await move(middle, other);
  await move(top, low);
  const parents = (await listGroups(use.db, orgId)).map(({ parentNumber }) => parentNumber);
  expect(parents).toEqual([low.number, other.number, middle.number, null]);
});

test('another organization’s group is no parent, nor is an unknown or an impossible number', async () => {
  const { orgId, groups } = await someGroups(1);
  const theirs = (await someGroups(1)).groups[0]!;
  const group = groups[0]!;
  const expected = refusal('Parent group not found');
  for (const parentNumber of [theirs.number, 2 ** 40, -1, 1.5, 1e21]) {
    const change = { name: 'N', parentNumber };
    await expect(changeGroup(use.db, orgId, group.id, change)).rejects.toMatchObject(expected);
    await expect(createGroup(use.db, orgId, change)).rejects.toMatchObject(expected);
    await expect(assertNewGroup(use.db, orgId, change)).rejects.toMatchObject(expected);
  }
  expect(await listGroups(use.db, orgId)).toEqual([group]);
  const gone = changeGroup(use.db, orgId, unknownId(), { parentNumber: null });
  await expect(gone).rejects.toMatchObject({ code: 'not_found' });
});

test('two groups that go below each other at once: one of them does', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { orgId, groups, move } = await someGroups(2);
    const [one, two] = groups as [Group, Group];
    const settled = await Promise.allSettled([move(one, two), move(two, one)]);
    expect(settled.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expectForest(orgId);
  }
});

test('500 random moves, 20 at any time, leave a forest', async () => {
  const { orgId, groups, move } = await someGroups(24);
  const random = randomFrom(7);
  const refused: unknown[] = [];
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      for (let n = 0; n < 25; n += 1) {
        const [group, parent] = [groups[random(24)]!, groups[random(24)]!];
        const moved = move(group, random(20) === 0 ? null : parent);
        await moved.catch((reason: unknown) => refused.push(reason));
      }
    }),
  );
  for (const reason of refused) {
    expect(reason).toMatchObject({ code: 'invalid_request', details: [{ path: 'parentId' }] });
  }
  // Had there been none, nobody would have met anybody.
  expect(refused.length).toBeGreaterThan(50);
  expect(refused.length).toBeLessThan(450);
  await expectForest(orgId);
});

test('groups that are moved, made and deleted at once leave a forest, and nobody waits for ever', async () => {
  const { orgId, groups, move } = await someGroups(30);
  const random = randomFrom(11);
  const any = () => groups[random(30)]!;
  const settled = await Promise.allSettled(
    Array.from({ length: 240 }, (_, index) => {
      if (index % 12 === 0) return deleteGroup(use.db, orgId, any().id);
      if (index % 3 === 0) {
        return createGroup(use.db, orgId, { name: 'New', parentNumber: any().number });
      }
      if (index % 3 === 1) return changeGroup(use.db, orgId, any().id, { name: `N${index}` });
      return move(any(), any());
    }),
  );
  for (const each of settled) {
    if (each.status === 'fulfilled') continue;
    expect(each.reason).toMatchObject({ code: expect.stringMatching(/invalid_request|not_found/) });
  }
  await expectForest(orgId);
});

test('a group is not below one that is deleted while it is made', async () => {
  const { orgId, groups } = await someGroups(1);
  const [parent] = groups as [Group];
  let made: Promise<void> | undefined;
  await use.db.transaction().execute(async (trx) => {
    await deleteGroup(trx, orgId, parent.id);
    const making = createGroup(use.db, orgId, { name: 'Late', parentNumber: parent.number });
    made = expect(making).rejects.toMatchObject(refusal('Parent group not found'));
    await untilBlocked(use.db, 1);
  });
  await made;
  expect(await listGroups(use.db, orgId)).toEqual([]);
});

test('a move does not wait for another organization’s', async () => {
  const [mine, theirs] = [await someGroups(2), await someGroups(2)];
  const [group, parent] = mine.groups as [Group, Group];
  await use.db.transaction().execute(async (trx) => {
    const { id, orgId } = theirs.groups[0]!;
    await changeGroup(trx, orgId, id, { parentNumber: null });
    await mine.move(group, parent);
  });
  expect((await findGroup(use.db, mine.orgId, group.id))?.parentNumber).toBe(parent.number);
});

/** From every group the way up ends. */
async function expectForest(orgId: string): Promise<void> {
  const groups = await listGroups(use.db, orgId);
  const parentOf = new Map(groups.map(({ number, parentNumber }) => [number, parentNumber]));
  for (const { number } of groups) {
    const seen = new Set<number>();
    for (let at: number | null = number; at !== null; at = parentOf.get(at) ?? null) {
      expect(seen, `the way up from ${number} comes by ${at} twice`).not.toContain(at);
      seen.add(at);
    }
  }
}

/** The same numbers every time, each below `end`. */
function randomFrom(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}
