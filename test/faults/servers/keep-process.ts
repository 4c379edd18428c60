import { setTimeout as delay } from 'node:timers/promises';
import { describeExit, startProcess } from '@usher/infra';
import type { ProcessName } from '../plan/plan.ts';

/** Failed starts in a row after which nobody believes in the next. */
const HOPELESS = 15;

export interface Start {
  file: string;
  env: NodeJS.ProcessEnv;
  readyUrl: string;
}

/** A process that is started again, at once, whenever it ends: what a supervisor does. */
export interface KeptProcess {
  name: ProcessName;
  /** How often it was started. */
  starts: number;
  up: boolean;
  pid(): number | undefined;
  signal(signal: NodeJS.Signals): void;
  /** Resolves once it is up, now or after its next start. @throws when it cannot be started. */
  untilUp(): Promise<void>;
  /** SIGTERM, and nobody starts it again; SIGKILL after the time. How it ended. */
  stop(timeoutMs: number): Promise<string>;
}

/**
 * @param prepare what to start the n-th time (from 1).
 * @param note what is worth telling of its life.
 */
export function keepProcess(options: {
  name: ProcessName;
  prepare: (start: number) => Promise<Start>;
  onLine: (line: string) => void;
  note: (what: string) => void;
}): KeptProcess {
  const { name, prepare, note } = options;
  let stopping = false;
  let pid: number | undefined;
  let failures = 0;
  let ended = '';
  let waiting: Array<{ resolve: () => void; reject: (error: Error) => void }> = [];
  const settle = (error?: Error) => {
    for (const each of waiting) {
      if (error) each.reject(error);
      else each.resolve();
    }
    waiting = [];
  };

  const kept: KeptProcess = {
    name,
    starts: 0,
    up: false,
    pid: () => pid,
    signal(signal) {
      if (pid === undefined) return;
      // It drains: what counts as up is what comes after it.
      if (signal === 'SIGTERM') kept.up = false;
      try {
        process.kill(pid, signal);
      } catch (error) {
        // It has just ended by itself, and we are about to hear of it.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
    untilUp: () =>
      kept.up
        ? Promise.resolve()
        : new Promise((resolve, reject) => waiting.push({ resolve, reject })),
    async stop(timeoutMs) {
      stopping = true;
      kept.signal('SIGTERM');
      // One that is stopped hears nothing until it goes on.
      kept.signal('SIGCONT');
      const impatience = setTimeout(() => kept.signal('SIGKILL'), timeoutMs);
      await life;
      clearTimeout(impatience);
      return ended;
    },
  };

  async function live(): Promise<void> {
    while (!stopping && failures < HOPELESS) {
      kept.starts += 1;
      const { file, env, readyUrl } = await prepare(kept.starts);
      try {
        const child = await startProcess({
          name,
          file,
          env,
          readyUrl,
          readyTimeoutMs: 60_000,
          onLine: options.onLine,
          onSpawn: (spawned) => {
            pid = spawned;
          },
        });
        failures = 0;
        kept.up = true;
        if (kept.starts > 1) note('is up again');
        settle();
        ended = describeExit(await child.exited);
        note(`ended (${ended})`);
      } catch (error) {
        failures += 1;
        ended = 'never up';
        note(`did not come up: ${(error as Error).message.split('\n')[0]}`);
        if (failures === HOPELESS) settle(error as Error);
        await delay(100);
      } finally {
        kept.up = false;
        pid = undefined;
      }
    }
  }
  const life = live();
  return kept;
}
