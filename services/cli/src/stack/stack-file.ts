import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the stack of `npm start` keeps everything. */
export const DATA_FOLDER = fileURLToPath(new URL('../../../../.data', import.meta.url));

/** Where a running stack can be found by other commands of the same user. */
export interface StackFile {
  pid: number;
  api_url: string;
  mail_url: string | null;
  database_url: string;
  queue_url: string;
  /** Whom to try things as; its key, in the clear. */
  organization?: { name: string; api_key: string };
  /** What API and worker run with, secrets included. */
  environment?: Record<string, string>;
}

const pathIn = (folder: string) => join(folder, 'stack.json');

export function writeStackFile(folder: string, file: StackFile): void {
  // It holds the database's password, and keys. The mode counts only for a file that is new.
  removeStackFile(folder);
  writeFileSync(pathIn(folder), `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
}

export function removeStackFile(folder: string): void {
  rmSync(pathIn(folder), { force: true });
}

/** The stack that runs on this folder; undefined if none does. */
export function readStackFile(folder: string): StackFile | undefined {
  if (!existsSync(pathIn(folder))) return undefined;
  const file = JSON.parse(readFileSync(pathIn(folder), 'utf8')) as StackFile;
  return isRunning(file.pid) ? file : undefined;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
