import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { createLooks } from './looks.ts';

const NAMES = Array.from({ length: 100 }, (_, n) => `job ${n}`);

/** Looks of this sort, and the batches that they were of. */
function look(work: (jobIds: string[]) => Promise<void>) {
  const batches: string[][] = [];
  const errors: Error[] = [];
  const looks = createLooks({
    look: (jobIds) => {
      batches.push(jobIds);
      return work(jobIds);
    },
    pauseMs: () => 10,
    isWanted: () => true,
    onError: (error) => errors.push(error),
  });
  onTestFinished(() => looks.stop());
  return { looks, batches, errors };
}

test('what is asked for while a look goes on is the next one’s, all of it', async () => {
  let release = (): void => undefined;
  const first = new Promise<void>((resolve) => (release = resolve));
  const { looks, batches } = look(() => first);
  looks.ask(['job 0']);
  await waitFor('the first look', () => batches.length === 1);
  for (let n = 0; n < 1_000; n += 1) looks.ask(NAMES);
  release();
  await waitFor('the second look', () => batches.length === 2);
  expect(batches).toEqual([['job 0'], NAMES]);
  expect(looks.begun).toBe(2);
});

test('a job that cannot be looked at holds up nobody but itself, and is not given up', async () => {
  const seen = new Set<string>();
  let broken = true;
  const { looks, batches } = look(async (jobIds) => {
    if (broken && jobIds.includes('job 70')) throw new Error('canceling statement');
    for (const jobId of jobIds) seen.add(jobId);
  });
  looks.ask(NAMES);
  await waitFor('all others are seen', () => seen.size === 99);
  await waitFor('it was tried alone', () => batches.at(-1)?.join() === 'job 70');
  seen.clear();
  const before = batches.length;
  looks.ask(NAMES);
  await waitFor('all others are seen again', () => seen.size === 99);
  expect(batches.length - before).toBeLessThanOrEqual(2);
  broken = false;
  looks.askFailed();
  await waitFor('it is seen', () => seen.has('job 70'));
}, 30_000);

test('while the database is away a batch stays whole', async () => {
  const away = new pg.DatabaseError('the system is shutting down', 0, 'error');
  away.code = '57P01';
  let tries = 0;
  const { looks, batches, errors } = look(async () => {
    tries += 1;
    if (tries < 3) throw away;
  });
  looks.ask(NAMES);
  await waitFor('it is back', () => tries === 3);
  expect(batches).toEqual([NAMES, NAMES, NAMES]);
  expect(errors).toEqual([away, away]);
});
