import { constants } from 'node:os';
import { createUsher, type Usher } from '@usher/sdk';
import { readApi } from '../config.ts';
import { CommandFailed } from '../exit-codes.ts';
import { note } from '../print.ts';
import { stopSignal, type StoppedBy } from '../stack/stop-signal.ts';

/** What every command takes that asks the API. */
export interface ApiOptions {
  apiUrl?: string;
  apiKey?: string;
  json?: boolean;
}

export interface Api {
  usher: Usher;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/**
 * Do something with the API that the options, the environment or the stack here name.
 * @param work may name what to do next after an interruption: `onInterrupt(command)`.
 * @throws {CommandFailed} when it was interrupted, with the exit code of that signal.
 */
export async function callApi(
  options: ApiOptions,
  work: (api: Api & { onInterrupt(next: () => string): void }) => Promise<void>,
): Promise<void> {
  const { baseUrl, apiKey, from } = readApi(process.env, options);
  if (from !== undefined) note(from);
  const usher = createUsher({ baseUrl, apiKey });
  const stop = stopSignal();
  let next = (): string => 'What was submitted goes on: usher job list';
  try {
    await work({ usher, signal: stop.signal, onInterrupt: (told) => (next = told) });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    const { signal } = stop.signal.reason as StoppedBy;
    throw new CommandFailed(128 + constants.signals[signal], next(), { cause: error });
  } finally {
    stop.release();
  }
}
