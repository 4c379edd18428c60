import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf } from './processes.ts';

const PATIENCE_MS = 5_000;

/** End every process that we started and nobody ended, for a suite that was interrupted. */
export async function endChildren(): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (const pid of childrenOf(process.pid)) signal(pid, 'SIGTERM');
  while (childrenOf(process.pid).length > 0 && performance.now() < until) await delay(50);
  for (const pid of childrenOf(process.pid)) signal(pid, 'SIGKILL');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended between our look and our signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
