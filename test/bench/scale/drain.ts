import { setTimeout as delay } from 'node:timers/promises';
import type { Backlog } from './backlog.ts';

const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 60_000;

export interface Drained {
  jobs: number;
  seconds: number;
  /** The most that were finished, and not yet replaced, at any look. */
  mostMissing: number;
}

/**
 * Wait until so many jobs more are finished, and submit another for each that is: what waits stays as
 * much as it was.
 * @throws when none of them finishes for a minute, or one cannot be submitted.
 */
export async function drain(backlog: Backlog, jobs: number): Promise<Drained> {
  const began = performance.now();
  let finished = 0;
  let missing = 0;
  let mostMissing = 0;
  let adding: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;
  const replace = async () => {
    while (missing > 0) {
      const some = missing;
      await backlog.add(some);
      missing -= some;
    }
  };
  for (let progress = began; finished < jobs;) {
    const found = await backlog.countFinished();
    finished += found;
    missing += found;
    mostMissing = Math.max(mostMissing, missing);
    if (failure) throw failure.error;
    adding ??= replace()
      .catch((error: unknown) => {
        failure = { error };
      })
      .finally(() => {
        adding = undefined;
      });
    if (found > 0) progress = performance.now();
    else if (performance.now() - progress > PATIENCE_MS) throw new Error('nothing goes on');
    await delay(LOOK_EVERY_MS);
  }
  const seconds = (performance.now() - began) / 1_000;
  await adding;
  if (failure) throw failure.error;
  return { jobs: finished, seconds, mostMissing };
}
