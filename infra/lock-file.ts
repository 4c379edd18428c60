import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { recordProcess, stillRuns, type ProcessRecord } from './running-process.ts';

type LockContent = { owner: ProcessRecord; children: ProcessRecord[] };

export type Lock = {
  /** Processes of an earlier owner that crashed, and which still run. */
  leftBehind: ProcessRecord[];
  /** Note a child, so that the next owner can end it if this process crashes. */
  addChild(child: ProcessRecord): void;
  release(): void;
};

/** Thrown when another live process (or this one) holds the lock. */
export class LockedError extends Error {
  override name = 'LockedError';
  readonly pid: number;
  constructor(path: string, pid: number) {
    super(`${path} is held by process ${pid}, which is running`);
    this.pid = pid;
  }
}

/**
 * Take the lock file at `path`, also from an owner that no longer runs.
 * @throws {LockedError} when its owner runs.
 */
export function takeLock(path: string): Lock {
  const content: LockContent = { owner: recordProcess('owner', process.pid), children: [] };
  let leftBehind: ProcessRecord[] = [];
  for (let attempt = 0; !place(path, content); attempt += 1) {
    const found = read(path);
    if (found && stillRuns(found.owner)) throw new LockedError(path, found.owner.pid);
    if (attempt >= 5) throw new Error(`${path} keeps changing hands; try again`);
    if (found) leftBehind = found.children.filter(stillRuns);
    takeAway(path, found);
  }
  content.children = leftBehind;
  return {
    leftBehind,
    addChild(child) {
      content.children = [...content.children.filter(stillRuns), child];
      replace(path, content);
    },
    release: () => rmSync(path, { force: true }),
  };
}

/** Linking a finished file lets no reader see it half written, and fails if somebody was first. */
function place(path: string, content: LockContent): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function replace(path: string, content: LockContent): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
  renameSync(draft, path);
}

/** Two may find the same stale lock; the slower one must not remove the new lock of the faster. */
function takeAway(path: string, stale: LockContent | undefined): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = read(aside);
  if (moved && moved.owner.pid !== stale?.owner.pid && stillRuns(moved.owner)) {
    renameSync(aside, path);
    throw new LockedError(path, moved.owner.pid);
  }
  rmSync(aside, { force: true });
}

function read(path: string): LockContent | undefined {
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as Partial<LockContent>;
    return content.owner && Array.isArray(content.children) ? (content as LockContent) : undefined;
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (gone || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
