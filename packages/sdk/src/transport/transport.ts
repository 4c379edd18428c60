import { UsherConnectionError, UsherError, UsherTimeoutError } from '../errors.ts';
import { compose, type Call, type CallOptions, type WriteOptions } from './call.ts';
import { sleep, startClock, type Clock } from './clock.ts';
import { delayAfter, isLost, isPassing } from './delays.ts';
import { readError } from './read-error.ts';

export interface TransportOptions {
  apiKey: string;
  /** Up to and with `/api/v1`. */
  base: string;
  fetch: typeof fetch;
  timeoutMs: number;
  totalTimeoutMs: number;
  maxRetries: number;
}

/** The answer to a request, read and parsed. */
export interface Answer<Body> {
  status: number;
  body: Body;
}

/**
 * What sends requests, again and again if need be.
 * @throws UsherError, UsherConnectionError, or the reason of the call's signal.
 */
export interface Transport extends Pick<TransportOptions, 'timeoutMs' | 'totalTimeoutMs'> {
  request<Body>(call: Call): Promise<Answer<Body>>;
  /** The body of the answer to a request like any other. */
  read<Body>(path: string, options?: CallOptions, query?: object): Promise<Body>;
  write<Body>(
    method: 'POST' | 'PATCH' | 'PUT',
    path: string,
    body?: object,
    options?: WriteOptions,
  ): Promise<Body>;
  /** The answer as soon as it begins; from then on only the call's signal ends it. */
  open(call: Call): Promise<Response>;
}

type Read<Result> = (response: Response, clock: Clock) => Promise<Result>;

export function createTransport(options: TransportOptions): Transport {
  const { fetch } = options;

  async function send<Result>(call: Call, read: Read<Result>): Promise<Result> {
    const { totalTimeoutMs = options.totalTimeoutMs, maxRetries = options.maxRetries } = call;
    const until = performance.now() + totalTimeoutMs;
    const request = compose(options, call);
    let lost = false;
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await tryOnce(call, request, until - performance.now(), read);
      } catch (error) {
        if (!(error instanceof UsherError || error instanceof UsherConnectionError)) throw error;
        error.attempts = attempts;
        if (error instanceof UsherError) error.afterLost = lost;
        lost ||= isLost(error);
        const delay = delayAfter(error, attempts);
        const isOver = attempts > maxRetries || performance.now() + delay >= until;
        if (isOver || !isPassing(error)) throw error;
        await sleep(delay, call.signal);
      }
    }
  }

  async function tryOnce<Result>(
    call: Call,
    [url, init]: [string, RequestInit],
    leftMs: number,
    read: Read<Result>,
  ): Promise<Result> {
    const ms = Math.min(call.timeoutMs ?? options.timeoutMs, leftMs);
    const clock = startClock(ms, call.signal);
    try {
      const response = await fetch(url, { ...init, signal: clock.signal });
      if (!response.ok) throw readError(response, await response.text());
      return await read(response, clock);
    } catch (error) {
      clock.release();
      if (error instanceof UsherError) throw error;
      call.signal?.throwIfAborted();
      const what = `${call.method} ${url.split('?', 1)[0]}`;
      if (clock.rang)
        throw new UsherTimeoutError(`No answer to ${what} within ${Math.ceil(ms)} ms`);
      throw new UsherConnectionError(`No answer to ${what}: ${reasonOf(error)}`, { cause: error });
    }
  }

  return {
    timeoutMs: options.timeoutMs,
    totalTimeoutMs: options.totalTimeoutMs,
    request: <Body>(call: Call) => send<Answer<Body>>(call, readAnswer),
    async read<Body>(path: string, call?: CallOptions, query?: object) {
      return (await send<Answer<Body>>({ ...call, method: 'GET', path, query }, readAnswer)).body;
    },
    async write<Body>(method: Call['method'], path: string, body?: object, call?: WriteOptions) {
      return (await send<Answer<Body>>({ ...call, method, path, body }, readAnswer)).body;
    },
    open: (call) => send(call, passOn),
  };
}

async function readAnswer<Body>(response: Response, clock: Clock): Promise<Answer<Body>> {
  const text = await response.text();
  clock.release();
  const { status } = response;
  if (status === 204) return { status, body: undefined as Body };
  try {
    return { status, body: JSON.parse(text) as Body };
  } catch (error) {
    throw readError(response, text, error);
  }
}

function passOn(response: Response, clock: Clock): Promise<Response> {
  clock.stop();
  return Promise.resolve(response);
}

/** Node says "fetch failed", and why in its cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as {
    message?: string;
    cause?: { message?: string; code?: string };
  };
  return cause?.message || cause?.code || message || String(error);
}
