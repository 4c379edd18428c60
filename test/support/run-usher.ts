import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../services/cli/src/main.ts');

export interface UsherResult {
  /** Null: it was ended by a signal. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningUsher {
  child: ChildProcess;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  ended: Promise<UsherResult>;
}

export interface UsherOptions {
  /** Nothing else of ours is inherited but PATH. */
  environment?: Record<string, string>;
  /** What it finds on standard input; nothing, unless named. */
  input?: string;
}

/** The command line as a process of its own, its output in pipes. */
export function startUsher(args: readonly string[], options: UsherOptions = {}): RunningUsher {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, ...options.environment },
    stdio: 'pipe',
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => (written[name] += chunk));
  }
  child.stdin.end(options.input ?? '');
  return {
    child,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, ...written }));
    }),
  };
}

/** The same, to its end. */
export const runUsher = (args: readonly string[], options?: UsherOptions): Promise<UsherResult> =>
  startUsher(args, options).ended;

/** The command that a shell runs for `usher`, for pipelines. */
export const USHER_IN_SHELL = `'${process.execPath}' '${MAIN}'`;
