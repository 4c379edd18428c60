import { UsherConnectionError, UsherTimeoutError } from '../errors.ts';
import { LONGEST_MS } from '../transport/clock.ts';
import { readError } from '../transport/read-error.ts';

/** @throws UsherError `unexpected_answer` for what is not of this type: nobody of ours has answered. */
export function expectType(response: Response, type: string): void {
  if (!response.headers.get('content-type')?.startsWith(type)) throw readError(response, '');
}

/**
 * The text of an answer, as it comes. Whoever leaves it early ends its connection.
 * @param silenceMs while it is waited for, something must come within so many milliseconds.
 * @throws UsherConnectionError where it breaks; UsherTimeoutError where it falls silent.
 */
export async function* readChunks(
  response: Response,
  silenceMs: number,
): AsyncGenerator<string, void, undefined> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  try {
    for (;;) {
      // Not while the consumer is busy: what has come meanwhile is not silence.
      const { done, value } = await withinSilence(reader.read(), silenceMs);
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } catch (error) {
    if (error instanceof UsherTimeoutError) throw error;
    throw new UsherConnectionError('The stream broke off', { cause: error });
  }
}

function withinSilence<Result>(reading: Promise<Result>, ms: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const silent = () => reject(new UsherTimeoutError(`Nothing came for ${ms} ms`));
    const timer = setTimeout(silent, Math.min(ms, LONGEST_MS));
    reading.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
