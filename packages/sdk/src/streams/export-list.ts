import { startClock } from '../transport/clock.ts';
import type { Transport } from '../transport/transport.ts';
import { createPatience, type PatienceOptions } from './patience.ts';
import { expectType, readChunks } from './read-chunks.ts';

export interface ExportOptions extends PatienceOptions {
  /** How long the server may say nothing before another connection is made; 60 s. */
  silenceMs?: number | undefined;
}

const SILENCE_MS = 60_000;
const RETRY_MS = 1_000;

/**
 * A whole list, line by line as the server reads it; what breaks off goes on after the last line.
 * @param cursorOf where the list goes on after an item.
 */
export async function* exportList<Item>(
  transport: Transport,
  list: { path: string; query: object; cursorOf(item: Item): string },
  options: ExportOptions,
): AsyncGenerator<Item, void, undefined> {
  const { signal, silenceMs = SILENCE_MS } = options;
  const patience = createPatience(options);
  let cursor: string | undefined;

  /** @returns whether it was told that there is nothing more. */
  async function* readOn(): AsyncGenerator<Item, boolean, undefined> {
    const connection = startClock(undefined, signal);
    try {
      const response = await transport.open({
        method: 'GET',
        path: list.path,
        query: { ...list.query, cursor },
        headers: { accept: 'application/x-ndjson' },
        signal: connection.signal,
        maxRetries: 0,
      });
      expectType(response, 'application/x-ndjson');
      let isEmpty = true;
      for await (const line of readLines(readChunks(response, silenceMs))) {
        signal?.throwIfAborted();
        patience.heard();
        isEmpty = false;
        const item = JSON.parse(line) as Item;
        cursor = list.cursorOf(item);
        yield item;
      }
      return isEmpty;
    } finally {
      connection.end();
    }
  }

  for (;;) {
    try {
      // Some proxies and runtimes pass off a broken answer as a whole one: an empty one is the end.
      if (yield* readOn()) return;
    } catch (error) {
      await patience.after(error, RETRY_MS);
    }
  }
}

/** Half a line at the end is none. */
async function* readLines(chunks: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    yield* lines;
  }
}
