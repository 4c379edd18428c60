import type { ZodType } from 'zod';
import type { Upstream } from '../provider.ts';
import { startDeadline } from './deadline.ts';
import { type Answer, fetchBounded } from './fetch-bounded.ts';
import { type Explain, judgeAnswer } from './judge-answer.ts';
import { judgeFailure } from './judge-failure.ts';

type Fetch = typeof globalThis.fetch;

/**
 * One request through a client library. `send` makes it with the given `fetch`, and returns what the
 * library made of the answer; `read` says what it must look like. `maxBytes`: 256 KiB by default.
 */
export interface Request<T> {
  signal: AbortSignal;
  send: (fetch: Fetch) => Promise<unknown>;
  read: ZodType<T>;
  maxBytes?: number;
}

export type Ask = <T>(request: Request<T>) => Promise<Upstream<T>>;

/**
 * Asks through a client library, and judges by what came over the wire: libraries retry on their
 * own, lose the status with a body that they cannot parse, and take a 500 with `{}` for a success.
 *
 * @throws what the library throws before it has sent anything: the fault is ours then.
 */
export function createAsk(options: { timeoutMs: number; secret: string; explain: Explain }): Ask {
  const { timeoutMs, secret, explain } = options;
  // A request that outlives the lease it is made under could be made twice at the same time.
  if (!(timeoutMs > 0 && timeoutMs < 10_000)) {
    throw new RangeError('timeoutMs must be above 0 and below 10000');
  }

  return async <T>({
    signal,
    send,
    read,
    maxBytes = 256 * 1024,
  }: Request<T>): Promise<Upstream<T>> => {
    if (signal.aborted) {
      return { kind: 'unavailable', reason: 'Aborted before it was sent', untouched: true };
    }
    const deadline = startDeadline(timeoutMs, signal);
    const wire: { sent: boolean; answer?: Answer; failure?: { error: unknown } } = { sent: false };
    const fetchOnce: Fetch = async (input, init) => {
      if (wire.sent) throw new Error('The client library tried to send a second request');
      wire.sent = true;
      try {
        wire.answer = await fetchBounded(input, init, { signal: deadline.signal, maxBytes });
      } catch (error) {
        wire.failure = { error: deadline.signal.aborted ? deadline.signal.reason : error };
        // Without the code that would make a library try again.
        throw new Error('No answer was read', { cause: error });
      }
      return asResponse(wire.answer);
    };

    let said: unknown;
    try {
      said = await send(fetchOnce);
    } catch (error) {
      if (!wire.sent) throw error;
    } finally {
      deadline.end();
    }
    if (wire.failure) return judgeFailure(wire.failure.error);
    if (!wire.answer) throw new Error('The client library returned without sending anything');
    const { status } = wire.answer;
    if (status < 200 || status > 299) return judgeAnswer(wire.answer, explain, secret);
    const value = read.safeParse(said);
    return value.success
      ? { kind: 'ok', value: value.data }
      : { kind: 'unanswered', reason: 'The answer of the provider cannot be understood' };
  };
}

function asResponse({ status, headers, text }: Answer): Response {
  const bodiless = status === 204 || status === 205 || status === 304;
  return new Response(bodiless ? null : text, { status, headers });
}
