import { setTimeout as delay } from 'node:timers/promises';
import { classifyFailure } from '@usher/db';
import type { Engine } from './engine.ts';

const FIRST_MS = 25;
const LONGEST_MS = 1_000;
// A lost message is sent again after 20 s; until then this process knows best.
// A statement that does not fit the schema seldom does a moment later.
const ALARMS = 3;
const ENOUGH_MS = 60_000;

/**
 * Do the work again while it fails for reasons that are the database's and pass: nothing is counted
 * against the task. Any other failure, and too long a wait, is thrown.
 */
export async function withPatience<T>(
  engine: Pick<Engine, 'logger' | 'stopping'>,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const until = performance.now() + ENOUGH_MS;
  for (let pause = FIRST_MS, alarms = 0; ; pause = Math.min(pause * 2, LONGEST_MS)) {
    try {
      return await work();
    } catch (error) {
      const failure = classifyFailure(error);
      if (failure === 'alarm') alarms += 1;
      const enough = alarms === ALARMS || performance.now() > until;
      if (failure === 'counted' || engine.stopping.aborted || enough) throw error;
      const level = failure === 'alarm' ? 'error' : 'warn';
      engine.logger[level](
        { error, what },
        'the database did not answer as it should: trying again',
      );
      await delay(pause * (0.5 + Math.random() / 2), undefined, { signal: engine.stopping }).catch(
        () => {
          throw error;
        },
      );
    }
  }
}
