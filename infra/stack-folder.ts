import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LockedError, takeLock, type Lock } from './lock-file.ts';
import { isRunning, type ProcessRecord } from './running-process.ts';
import { waitUntil } from './wait-until.ts';

// Postgres empties its own folder, which may lie elsewhere; locks protect whoever holds them.
const KEPT_WHEN_EMPTIED = ['postgres', 'stack.lock', 'install.lock'];

export type StackFolder = { path: string; logs: string; lock: Lock };

/**
 * Take the folder of a stack for ourselves, and end what a crashed stack left running.
 * @throws when another stack runs on it; the message says which process and what to do.
 */
export async function openStackFolder(
  dataDir: string,
  options: { fresh: boolean; log(line: string): void },
): Promise<StackFolder> {
  const path = resolve(dataDir);
  mkdirSync(path, { recursive: true });
  const lock = lockFolder(path);
  try {
    for (const child of lock.leftBehind) await end(child, options.log);
    if (options.fresh) {
      const gone = readdirSync(path).filter((name) => !KEPT_WHEN_EMPTIED.includes(name));
      for (const name of gone) rmSync(join(path, name), { recursive: true, force: true });
    }
    const logs = join(path, 'logs');
    mkdirSync(logs, { recursive: true });
    return { path, logs, lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function lockFolder(path: string): Lock {
  try {
    return takeLock(join(path, 'stack.lock'));
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    throw new Error(
      `Another stack already runs on ${path} (process ${error.pid}). Stop it first, or name another folder.`,
      { cause: error },
    );
  }
}

async function end(child: ProcessRecord, log: (line: string) => void): Promise<void> {
  log(`stopping the ${child.name} that an earlier run left behind (process ${child.pid})`);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (isRunning(child.pid)) process.kill(child.pid, signal);
    if (await waitUntil(() => !isRunning(child.pid), { timeoutMs: 5_000 })) return;
  }
  throw new Error(`The ${child.name} of an earlier run (process ${child.pid}) does not stop.`);
}
