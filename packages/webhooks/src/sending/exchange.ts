import type { IncomingHttpHeaders } from 'node:http';
import type { Agent, Dispatcher } from 'undici';

const READ_BYTES = 64 * 1024;
const READ_MS = 1_000;
const KEPT_BYTES = 1_024;

/** An answer, once its headers were there. `start`: the first bytes of its body, 1,024 at most. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  start: Buffer;
}

/** No answer, and the reason is on our side of the line. */
export class Stopped extends Error {
  readonly verdict: 'timeout' | 'interrupted';

  constructor(verdict: 'timeout' | 'interrupted', message: string) {
    super(message);
    this.verdict = verdict;
  }
}

/**
 * One request and its answer. The body is read for a look at its start, and so that the connection
 * can be used again: 64 KB or 1 s of it at most, then the connection is destroyed. An answer stands
 * from its headers on, however its body fares.
 *
 * @throws Stopped without an answer in time, or when the signal aborts; a DialFailure; an error of
 * undici's.
 */
export function exchange(
  agent: Agent,
  request: Dispatcher.DispatchOptions,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let answer: Omit<Answer, 'start'> | undefined;
  const kept: Buffer[] = [];
  let bytes = 0;
  let over = false;
  let controller: Dispatcher.DispatchController | undefined;
  let reading: NodeJS.Timeout | undefined;

  const end = (error?: Error) => {
    if (over) return;
    over = true;
    clearTimeout(whole);
    clearTimeout(reading);
    signal.removeEventListener('abort', interrupt);
    if (answer) resolve({ ...answer, start: Buffer.concat(kept).subarray(0, KEPT_BYTES) });
    else reject(error ?? new Error('An exchange ended without an answer and without an error'));
  };
  const stop = (reason: Error) => {
    end(reason);
    controller?.abort(reason);
  };
  const interrupt = () => stop(new Stopped('interrupted', 'interrupted'));
  const whole = setTimeout(() => {
    stop(new Stopped('timeout', `no answer within ${timeoutMs / 1000} s`));
  }, timeoutMs);

  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) {
    interrupt();
    return promise;
  }
  agent.dispatch(request, {
    onRequestStart(started) {
      controller = started;
      // Nothing stops a request that waits for its connection; it must not go out late.
      if (over) started.abort(new Stopped('interrupted', 'the request is over'));
    },
    onResponseStart(_, status, headers) {
      if (status < 200 || over) return;
      answer = { status, headers };
      reading = setTimeout(() => stop(new Error('enough time for a body')), READ_MS);
    },
    onResponseData(_, chunk) {
      if (bytes < KEPT_BYTES) kept.push(chunk);
      bytes += chunk.length;
      if (bytes > READ_BYTES) stop(new Error('enough of a body'));
    },
    onResponseEnd: () => end(),
    onResponseError: (_, error) => end(error),
  });
  return promise;
}
