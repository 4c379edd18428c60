import { setTimeout as delay } from 'node:timers/promises';
import {
  describeExit,
  EndedEarlyError,
  startProcess,
  type StartProcessOptions,
} from './child-process.ts';

const PAUSE_MS = 300;
const MOST_ENDS = 5;
const COUNTED_MS = 60_000;
// One that is not ready yet has nothing to drain.
const STARTING_STOP_MS = 2_000;

export type KeptProcess = {
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** SIGTERM, SIGKILL after `timeoutMs`; it is not started again. */
  stop(timeoutMs: number): Promise<void>;
};

export type Keeping = {
  /** Until this holds, an end is a failure. */
  isUp(): boolean;
  log(line: string): void;
  /** Told once when it is given up: it ended more than 5 times in a minute, or was not ready again. */
  fail(reason: string): void;
};

/**
 * Start a process and, each time it ends without being asked to, start it again just the same.
 * @throws when it is not ready the first time, as `startProcess` does.
 */
export async function keepRunning(
  options: StartProcessOptions,
  { isUp, log, fail }: Keeping,
): Promise<KeptProcess> {
  const { name } = options;
  const stopping = new AbortController();
  let child = await startProcess(options);
  let pid = child.pid;

  const startAgain = async () => {
    await delay(PAUSE_MS, undefined, { signal: stopping.signal });
    child = await startProcess({
      ...options,
      signal: stopping.signal,
      onSpawn(started) {
        pid = started;
        options.onSpawn?.(started);
      },
    });
    // Asked to stop at the very moment when it became ready.
    if (stopping.signal.aborted) await child.stop(STARTING_STOP_MS);
  };

  const keep = async (): Promise<void> => {
    let ends: number[] = [];
    for (;;) {
      const exit = describeExit(await child.exited);
      if (stopping.signal.aborted) return;
      const now = performance.now();
      ends = [...ends.filter((end) => now - end < COUNTED_MS), now];
      if (!isUp() || ends.length > MOST_ENDS) {
        const often = isUp() ? ` ${ends.length} times within a minute, the last time` : '';
        const reason = `${name} ended${often} unexpectedly (${exit})`;
        return fail(`${reason}. Its last lines:\n${child.lastLines()}`);
      }
      log(`${name} ended (${exit}): starting it again`);
      try {
        await startAgain();
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!(error instanceof EndedEarlyError)) {
          return fail(error instanceof Error ? error.message : String(error));
        }
        // An end like any other: it counts, and is answered, at the top.
        child = error.child;
      }
    }
  };

  const kept = keep();
  return {
    get pid() {
      return pid;
    },
    async stop(timeoutMs) {
      stopping.abort();
      await child.stop(timeoutMs);
      await kept;
    },
  };
}
