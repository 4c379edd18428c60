import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { settlesWithin, waitUntil } from './wait-until.ts';

export type StartProcessOptions = {
  /** How errors call it. */
  name: string;
  /** A TypeScript or JavaScript file, run by the Node that runs us. */
  file: string;
  args?: string[];
  /** The whole environment of the process; ours if left out. */
  env?: NodeJS.ProcessEnv;
  /** Every line of its output, unless it goes to `logFile`. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Append its output to this file, past us: it then lives on if we are killed. */
  logFile?: string;
  /** A session of its own, which no signal from the terminal reaches. */
  detached?: boolean;
  /** Ready once this holds for a line of its standard output. */
  readyLine?: (line: string) => boolean;
  /** Ready once GET of this URL answers 2xx. With neither: ready when spawned. */
  readyUrl?: string;
  /** How long it may take to be ready (milliseconds; default 90,000). */
  readyTimeoutMs?: number;
  /** Aborting it ends a process that is not ready yet. */
  signal?: AbortSignal;
  /** Told as soon as the process exists, before it is ready. */
  onSpawn?: (pid: number) => void;
};

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type ChildHandle = {
  name: string;
  pid: number;
  /** Resolves when it has ended, for whatever reason; never rejects. */
  exited: Promise<Exit>;
  /** The end of its output, for error messages. */
  lastLines(): string;
  /** SIGTERM; SIGKILL after `timeoutMs` (default 10,000). May be called twice. */
  stop(timeoutMs?: number): Promise<Exit>;
};

/** Thrown when a process ends before it is ready. */
export class EndedEarlyError extends Error {
  override name = 'EndedEarlyError';
  readonly child: ChildHandle;
  constructor(message: string, child: ChildHandle) {
    super(message);
    this.child = child;
  }
}

/**
 * Start a process of our own code and wait until it is ready.
 * @throws when it ends (`EndedEarlyError`) or stays silent before it is ready; the message holds its last lines.
 */
export async function startProcess(options: StartProcessOptions): Promise<ChildHandle> {
  const { name, readyLine, readyUrl, readyTimeoutMs = 90_000, signal } = options;
  const output = options.logFile ? openSync(options.logFile, 'a', 0o600) : 'pipe';
  const child = spawn(process.execPath, [options.file, ...(options.args ?? [])], {
    env: options.env ?? process.env,
    detached: options.detached ?? false,
    stdio: ['ignore', output, output],
  });
  const start = options.logFile ? statSync(options.logFile).size : 0;
  if (typeof output === 'number') closeSync(output);
  let ended: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, exitSignal) => resolve({ code, signal: exitSignal }));
    child.once('error', () => resolve({ code: 127, signal: null }));
  });
  void exited.then((exit) => (ended = exit));
  let ready = readyLine === undefined;
  const recent: string[] = [];
  readLines(child, (line, stream) => {
    recent.push(line);
    if (recent.length > 20) recent.shift();
    if (stream === 'stdout' && readyLine?.(line)) ready = true;
    options.onLine?.(line, stream);
  });
  const handle: ChildHandle = {
    name,
    pid: child.pid ?? 0,
    exited,
    lastLines: () => (options.logFile ? tail(options.logFile, start) : recent.join('\n')),
    async stop(timeoutMs = 10_000) {
      child.kill('SIGTERM');
      if (!(await settlesWithin(exited, timeoutMs))) child.kill('SIGKILL');
      return exited;
    },
  };
  try {
    if (child.pid) options.onSpawn?.(child.pid);
    const isReady = async () => ready && (!readyUrl || (await answers(readyUrl)));
    const came = await waitUntil(async () => ended !== undefined || (await isReady()), {
      timeoutMs: readyTimeoutMs,
      everyMs: 25,
      ...(signal ? { signal } : {}),
    });
    if (came && ended === undefined) return handle;
    const last = `Its last lines:\n${handle.lastLines()}`;
    if (!ended) throw new Error(`${name} was not ready after ${readyTimeoutMs} ms. ${last}`);
    throw new EndedEarlyError(`${name} ended (${describeExit(ended)}). ${last}`, handle);
  } catch (error) {
    await handle.stop(2_000);
    throw error;
  }
}

/** An exit in words: `code 1`, `SIGKILL`. */
export function describeExit(exit: Exit): string {
  return exit.signal ?? `code ${exit.code}`;
}

function readLines(child: ChildProcess, onLine: NonNullable<StartProcessOptions['onLine']>): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    if (stream) createInterface({ input: stream }).on('line', (line) => onLine(line, name));
  }
}

function tail(path: string, start: number): string {
  const lines = readFileSync(path).subarray(start).toString().trimEnd().split('\n');
  return lines.slice(-20).join('\n');
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // Not listening yet; the deadline of whoever waits decides.
    return false;
  }
}
