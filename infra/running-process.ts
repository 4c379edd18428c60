import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A process as we can recognize it later: pids are reused, a pid with its start time is not. */
export type ProcessRecord = { name: string; pid: number; started: string };

/** Note down a live process. `started` is opaque, and empty where the system does not tell it. */
export function recordProcess(name: string, pid: number): ProcessRecord {
  return { name, pid, started: startTimeOf(pid) };
}

/** Whether this very process, not another one that was given its pid, still runs. */
export function stillRuns(record: ProcessRecord): boolean {
  return isRunning(record.pid) && startTimeOf(record.pid) === record.started;
}

/** Whether a process of this pid runs; a zombie that nobody reaped does not count. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, but belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return statOf(pid)?.state !== 'Z';
}

/** The command line of a process, words joined by spaces; empty when it is gone. */
export function commandLineOf(pid: number): string {
  if (process.platform !== 'linux') return ask(pid, 'command=');
  return readProcessFile(pid, 'cmdline').replaceAll('\0', ' ').trim();
}

function startTimeOf(pid: number): string {
  if (process.platform !== 'linux') return ask(pid, 'lstart=');
  return statOf(pid)?.startTime ?? '';
}

function statOf(pid: number): { state: string; startTime: string } | undefined {
  const text = readProcessFile(pid, 'stat');
  // The second field is the name in brackets and may hold spaces and brackets itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state && startTime ? { state, startTime } : undefined;
}

function readProcessFile(pid: number, file: string): string {
  const path = `/proc/${pid}/${file}`;
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  } catch (error) {
    // It ended between the two calls.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

function ask(pid: number, field: string): string {
  if (process.platform === 'win32') return '';
  const answer = spawnSync('ps', ['-p', String(pid), '-o', field], { encoding: 'utf8' });
  return (answer.stdout ?? '').trim();
}
