import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { commandLineOf, isRunning } from '../running-process.ts';
import { waitUntil } from '../wait-until.ts';

const SIGNALS = [
  { signal: 'SIGINT', waitMs: 15_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

/** End the server that a crashed run left on this cluster, and remove a pid file that means nothing. */
export async function stopLeftover(cluster: string, log: (line: string) => void): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  // The pid may be another process' by now: only a server of this very folder is ended.
  const ours = () => isRunning(pid) && commandLineOf(pid).includes(cluster);
  if (Number.isInteger(pid) && pid > 1 && ours()) {
    log(`stopping the Postgres that an earlier run left behind (process ${pid})`);
    for (const { signal, waitMs } of SIGNALS) {
      process.kill(pid, signal);
      if (await waitUntil(() => !ours(), { timeoutMs: waitMs })) break;
    }
    if (ours()) throw new Error(`The Postgres of an earlier run (process ${pid}) does not stop.`);
  }
  rmSync(pidFile, { force: true });
}
