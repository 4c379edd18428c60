import { setImmediate as aMoment } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

test('what has one key runs one after the other, in the order in which it came; other keys beside it', async () => {
  const turns = createTurns();
  const running = new Set<string>();
  const ran: string[] = [];
  let besides = 0;
  const work = (key: string, name: string) =>
    turns(key, async () => {
      expect(running.has(key)).toBe(false);
      running.add(key);
      besides = Math.max(besides, running.size);
      await aMoment();
      running.delete(key);
      ran.push(name);
    });
  await Promise.all([work('a', 'a1'), work('a', 'a2'), work('b', 'b1'), work('a', 'a3')]);
  expect(ran.filter((name) => name.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
  expect([ran.length, besides]).toEqual([4, 2]);
});

test('what fails takes nobody’s turn, and its failure is its own', async () => {
  const turns = createTurns();
  const failed = turns('a', () => Promise.reject(new Error('no')));
  const next = turns('a', () => Promise.resolve('done'));
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('done');
});
