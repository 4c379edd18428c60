import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fairPick, VirtualTime, type Candidate } from './fair-pick.ts';

const candidates = fc.array(
  fc.record({
    orgId: fc.constantFrom('a', 'b', 'c', 'd'),
    cost: fc.integer({ min: 1, max: 200 }),
    gate: fc.constantFrom(null, null, 'one', 'two'),
  }),
  { maxLength: 60 },
);
const numbered = (list: Array<Omit<Candidate, 'id'>>): Candidate[] =>
  list.map((each, index) => ({ ...each, id: String(index).padStart(4, '0') }));
const rooms = fc.record({ one: fc.nat(10), two: fc.nat(10) });

test('no gate is given more than it has room for, and no place is left empty without need', () => {
  fc.assert(
    fc.property(candidates, fc.nat(40), rooms, (list, free, room) => {
      const all = numbered(list);
      const picked = fairPick(
        all,
        free,
        new Map(),
        new Map(Object.entries(room)),
        new VirtualTime(),
      );
      const count = (of: Candidate[], gate: string | null) =>
        of.filter((each) => each.gate === gate).length;
      expect(count(picked, 'one')).toBeLessThanOrEqual(room.one);
      expect(count(picked, 'two')).toBeLessThanOrEqual(room.two);
      const possible =
        count(all, null) +
        Math.min(count(all, 'one'), room.one) +
        Math.min(count(all, 'two'), room.two);
      expect(picked).toHaveLength(Math.min(free, possible));
    }),
  );
});

test('each is picked once, and an organization’s own keep their order', () => {
  fc.assert(
    fc.property(candidates, fc.nat(40), rooms, (list, free, room) => {
      const picked = fairPick(
        numbered(list),
        free,
        new Map(),
        new Map(Object.entries(room)),
        new VirtualTime(),
      );
      expect(new Set(picked.map((each) => each.id)).size).toBe(picked.length);
      for (const orgId of ['a', 'b', 'c', 'd']) {
        const ids = picked.filter((each) => each.orgId === orgId).map((each) => each.id);
        expect(ids).toEqual(ids.toSorted());
      }
    }),
  );
});

test('service is in proportion to weights, as long as all have something waiting', () => {
  const weight = fc.integer({ min: 1, max: 20 });
  const cost = fc.integer({ min: 1, max: 50 });
  fc.assert(
    fc.property(weight, weight, cost, cost, (weightA, weightB, costA, costB) => {
      const time = new VirtualTime();
      const weights = new Map([
        ['a', weightA],
        ['b', weightB],
      ]);
      const served = { a: 0, b: 0 };
      for (let round = 0; round < 300; round += 1) {
        const list = numbered([
          ...Array.from({ length: 3 }, () => ({ orgId: 'a', cost: costA, gate: null })),
          ...Array.from({ length: 3 }, () => ({ orgId: 'b', cost: costB, gate: null })),
        ]);
        for (const each of fairPick(list, 2, weights, new Map(), time)) {
          served[each.orgId as 'a' | 'b'] += each.cost;
        }
      }
      // Nobody is ahead by more than a task of each, in time.
      const ahead = Math.abs(served.a / weightA - served.b / weightB);
      expect(ahead).toBeLessThanOrEqual(costA / weightA + costB / weightB + 1e-6);
    }),
    { numRuns: 50 },
  );
});

test('a flood starves nobody: who comes late is served next', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 200 }),
      (busy, cost) => {
        const time = new VirtualTime();
        const flood = numbered(
          Array.from({ length: busy }, () => ({ orgId: 'flood', cost, gate: null })),
        );
        fairPick(flood, busy, new Map(), new Map(), time);
        const late = { id: 'late', orgId: 'small', cost: 1, gate: null };
        const picked = fairPick([...flood, late], 2, new Map(), new Map(), time);
        expect(picked.map((each) => each.id)).toContain('late');
      },
    ),
  );
});

test('who was idle saves nothing up', () => {
  const time = new VirtualTime();
  const of = (orgId: string, count: number) =>
    Array.from({ length: count }, (_, n) => ({ id: `${orgId}${n}`, orgId, cost: 1, gate: null }));
  fairPick(of('a', 1_000), 1_000, new Map(), new Map(), time);
  time.prune();
  const picked = fairPick([...of('a', 50), ...of('b', 50)], 40, new Map(), new Map(), time);
  const share = picked.filter((each) => each.orgId === 'a').length;
  expect(share).toBeGreaterThanOrEqual(19);
  expect(share).toBeLessThanOrEqual(20);
});
