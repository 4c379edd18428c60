import { expect, test } from 'vitest';
import { createTurnstile } from './turnstile.ts';
import { backoff } from './retry-policy.ts';

/** Work that goes on until it is told to end, and tells where it is. */
function work(log: string[], name: string) {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    end: () => end(),
    async run() {
      log.push(`${name} in`);
      await ended;
      log.push(`${name} out`);
    },
  };
}

test('many go together; one alone waits for them, and who came later waits for it', async () => {
  const turnstile = createTurnstile();
  const log: string[] = [];
  const [a, b, alone, c] = ['a', 'b', 'alone', 'c'].map((name) => work(log, name));
  const all = [
    turnstile.together(a!.run),
    turnstile.together(b!.run),
    turnstile.alone(alone!.run),
    turnstile.together(c!.run),
  ];
  a!.end();
  await all[0];
  b!.end();
  await all[1];
  alone!.end();
  await all[2];
  c!.end();
  await all[3];
  expect(log).toEqual(['a in', 'b in', 'a out', 'b out', 'alone in', 'alone out', 'c in', 'c out']);
});

test('work that fails lets the next one in', async () => {
  const turnstile = createTurnstile();
  const failing = turnstile.alone(() => Promise.reject(new Error('failed')));
  const next = turnstile.alone(async () => 'done');
  await expect(failing).rejects.toThrow('failed');
  expect(await next).toBe('done');
});

test('backoff doubles from its base, is fully jittered, and ends at five minutes', () => {
  const longest = (attempts: number) => backoff(attempts, 1_000, () => 1);
  expect([1, 2, 3, 4].map(longest)).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(longest(20)).toBe(300_000);
  expect(longest(5_000)).toBe(300_000);
  expect(backoff(3, 1_000, () => 0)).toBe(0);
});
