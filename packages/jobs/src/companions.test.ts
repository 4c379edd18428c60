import { expect, test } from 'vitest';
import { createCompanions } from './companions.ts';

test('those of one subject go one after the other, and nobody waits for want of company', async () => {
  const companions = createCompanions();
  const groups: number[][] = [];
  const join = (entry: number, subject: string) =>
    companions.join({ class: 'one', subject }, entry, async (entries) => {
      groups.push(entries);
      await Promise.resolve();
      return entries.map((each) => each * 10);
    });
  const results = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((entry) => join(entry, entry % 2 ? 'odd' : 'even')),
  );
  expect(results).toEqual([10, 20, 30, 40, 50, 60]);
  for (const group of groups) expect(new Set(group.map((n) => n % 2)).size).toBe(group.length);
  // Who came in the same turn of the event loop; the others were the second of their subject.
  expect(groups).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
});

test('a group that fails rejects for each of its members', async () => {
  const companions = createCompanions();
  const failing = [1, 2, 3].map((entry) =>
    companions.join({ class: 'one', subject: `${entry}` }, entry, async () => {
      throw new Error('together');
    }),
  );
  const settled = await Promise.allSettled(failing);
  expect(settled.map((each) => each.status)).toEqual(['rejected', 'rejected', 'rejected']);
});

test('what cannot share runs beside others, not too many at once, each in its turn', async () => {
  const companions = createCompanions();
  let running = 0;
  let most = 0;
  const done: number[] = [];
  const failing = 5;
  const settled = await Promise.allSettled(
    Array.from({ length: 30 }, (_, n) =>
      companions.apart({ owner: `${n % 3}`, subject: `${n}` }, async () => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        done.push(n);
        if (n === failing) throw new Error('alone');
      }),
    ),
  );
  expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(done).toEqual(Array.from({ length: 30 }, (_, n) => n));
  expect(most).toBe(8);
});

test('a subject that runs is in no other group, and keeps nobody else from one', async () => {
  const companions = createCompanions();
  const groups: number[][] = [];
  const first = Promise.withResolvers<void>();
  const join = (entry: number, subject: string, until?: Promise<void>) =>
    companions.join({ class: 'one', subject }, entry, async (entries) => {
      groups.push(entries);
      await until;
      return entries;
    });
  const running = join(1, 'same', first.promise);
  await Promise.resolve();
  const second = join(2, 'same');
  await join(3, 'other');
  expect(groups).toEqual([[1], [3]]);
  first.resolve();
  await Promise.all([running, second]);
  expect(groups).toEqual([[1], [3], [2]]);
});

test('nobody waits long for a group that does not come to its end', async () => {
  const companions = createCompanions();
  const silent = Promise.withResolvers<void>();
  const join = (entry: number, until?: Promise<void>) =>
    companions.join({ class: 'one', subject: `${entry}`, oneAtATime: true }, entry, async (all) => {
      await until;
      return all;
    });
  const stuck = join(1, silent.promise);
  await Promise.resolve();
  expect(await join(2)).toBe(2);
  expect(await join(3)).toBe(3);
  silent.resolve();
  expect(await stuck).toBe(1);
});

test('of one subject, those of one kin run in several groups at once, never two in one; others wait', async () => {
  const companions = createCompanions();
  const groups: string[][] = [];
  const end = Promise.withResolvers<void>();
  const join = (entry: string, kin?: string) =>
    companions.join({ class: 'one', subject: 'same', kin }, entry, async (entries) => {
      groups.push(entries);
      await end.promise;
      return entries;
    });
  const all = [join('a1', 'a'), join('a2', 'a'), join('a3', 'a'), join('b1', 'b'), join('none')];
  await new Promise(setImmediate);
  expect(groups).toEqual([['a1'], ['a2']]);
  end.resolve();
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1', 'none']);
  expect(groups).toEqual([['a1'], ['a2'], ['a3'], ['b1'], ['none']]);
});
