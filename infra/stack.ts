import { rmSync } from 'node:fs';
import type { Environment } from './stack-environment.ts';
import { openStackFolder } from './stack-folder.ts';
import { startParts, stopParts, type Parts } from './stack-parts.ts';

export type StackOptions = {
  /** Keeps the data, the secret key and the logs between runs. */
  dataDir: string;
  /** Empty it first. */
  fresh?: boolean;
  log(line: string): void;
  /** What is set here replaces an embedded part or a default; our own environment if left out. */
  environment?: NodeJS.ProcessEnv;
  /** Bring both schemas up to date; called once Postgres answers. */
  migrate(databaseUrl: string, queueUrl: string): Promise<unknown>;
  /** Other files in place of the API's and the worker's `main.ts`. */
  services?: { api: string; worker: string };
  /** Aborting it ends a start that is under way; `startStack` then rejects. */
  signal?: AbortSignal;
};

export type Stack = {
  apiUrl: string;
  /** The mail catcher; null when SMTP_URL named a server of the person's own. */
  mailUrl: string | null;
  databaseUrl: string;
  queueUrl: string;
  /** As they are now: a service that ended and was started again has another. */
  pids: { readonly api: number; readonly worker: number };
  /** The environment that API and worker run with, secrets included. */
  environment: Environment;
  /** Resolves when all of it has stopped: code 0 if it was asked to, 1 if a part was given up. */
  ended: Promise<{ code: 0 | 1; reason: string }>;
  /** Services first, Postgres last, within 30 s; then, if asked to, the data. May be called twice. */
  stop(options?: { removeData?: boolean }): Promise<void>;
};

/**
 * Start everything that Usher needs on this machine; resolves when the API and the worker are ready.
 * @throws when a part does not start, or another stack runs on the same folder; nothing is left running.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { log } = options;
  const folder = await openStackFolder(options.dataDir, { fresh: options.fresh ?? false, log });
  const parts: Parts = { services: [] };
  const ended = Promise.withResolvers<{ code: 0 | 1; reason: string }>();
  const starting = new AbortController();
  const abort = (reason: unknown) => starting.abort(reason);
  let stopping: Promise<void> | undefined;

  const stop = (code: 0 | 1, reason: string, removeData = false): Promise<void> => {
    stopping ??= stopParts(parts, removeData).finally(() => {
      process.off('disconnect', onOrphaned);
      folder.lock.release();
      if (removeData) rmSync(folder.path, { recursive: true, force: true });
      ended.resolve({ code, reason });
    });
    return stopping;
  };
  const fail = (reason: string) => {
    if (stopping) return;
    log(reason);
    if (started) void stop(1, reason);
    else abort(new Error(reason));
  };
  // Whoever started us over an IPC channel was killed: nobody is left to stop us.
  const onOrphaned = () => fail('the process that started this stack is gone: stopping');
  if (process.connected) process.once('disconnect', onOrphaned);

  let started = false;
  try {
    const signal = AbortSignal.any([starting.signal, ...(options.signal ? [options.signal] : [])]);
    const addresses = await startParts({
      options,
      folder,
      parts,
      fail,
      isUp: () => started,
      signal,
      abort,
    });
    signal.throwIfAborted();
    started = true;
    return {
      ...addresses,
      ended: ended.promise,
      stop: (how) => stop(0, 'stopped', how?.removeData),
    };
  } catch (error) {
    abort(error);
    await stop(1, 'did not start');
    throw error;
  }
}
