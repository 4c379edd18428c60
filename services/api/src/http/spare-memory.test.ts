import { expect, test } from 'vitest';
import { spareMemory } from './spare-memory.ts';

function watched() {
  const collected: string[] = [];
  const memory = spareMemory(() => {
    collected.push('begun');
    return ({ execution }) => collected.push(execution);
  });
  const times = (count: number, what: () => void) => {
    for (let n = 0; n < count; n += 1) what();
  };
  return { collected, memory, times };
}

test('a few streams that come and go have nothing tidied up, however often', () => {
  const { collected, memory, times } = watched();
  times(10_000, () => {
    memory.opened();
    memory.closed();
  });
  expect(collected).toEqual([]);
});

test('memory is tidied up whenever 250 more are open, and not by those that replace others', () => {
  const { collected, memory, times } = watched();
  times(1_000, memory.opened);
  expect(collected).toEqual(['begun', 'async', 'async', 'async']);
  times(50, () => {
    times(300, memory.closed);
    times(300, memory.opened);
  });
  expect(collected).toHaveLength(4);
  times(1_000, memory.closed);
  times(1_000, memory.opened);
  expect(collected.length).toBeGreaterThan(5);
});
