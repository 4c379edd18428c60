import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The kernel counts CPU time in these, whatever its own clock: 100 to the second. */
const TICKS_PER_SECOND = 100;

interface ProcessStat {
  parent: number;
  zombie: boolean;
  /** Of the process itself. */
  ownSeconds: number;
  /** Of its children that ended. */
  endedSeconds: number;
}

/** Living children of a process; none where the system has no /proc. */
export function childrenOf(pid: number): number[] {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((each) => {
      const stat = Number.isInteger(each) ? readStat(each) : undefined;
      return stat?.parent === pid && !stat.zombie;
    });
}

/** Whether a process runs: one that has ended, and that nobody has waited for yet, does not. */
export const isLiving = (pid: number): boolean => readStat(pid)?.zombie === false;

/**
 * Seconds of CPU that a process and its children have used, the ended ones too.
 * @returns undefined where the process is gone, or the system has no /proc.
 */
export function cpuSecondsOf(pid: number): number | undefined {
  const stat = readStat(pid);
  if (!stat) return undefined;
  const living = childrenOf(pid).map((child) => readStat(child)?.ownSeconds ?? 0);
  return living.reduce((sum, each) => sum + each, stat.ownSeconds + stat.endedSeconds);
}

/**
 * Bytes of a process that are in memory just now, of all its kinds.
 * @returns undefined where the process is gone, or the system has no /proc.
 */
export function residentBytesOf(pid: number): number | undefined {
  const text = readProc(pid, 'status');
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(text ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
}

function readStat(pid: number): ProcessStat | undefined {
  const text = readProc(pid, 'stat');
  if (text === undefined) return undefined;
  // The name, in brackets, may hold spaces and brackets itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const seconds = (at: number) => Number(fields[at]) / TICKS_PER_SECOND;
  return {
    parent: Number(fields[1]),
    zombie: fields[0] === 'Z',
    ownSeconds: seconds(11) + seconds(12),
    endedSeconds: seconds(13) + seconds(14),
  };
}

function readProc(pid: number, file: 'stat' | 'status'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    // It ended, or there is no /proc.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
