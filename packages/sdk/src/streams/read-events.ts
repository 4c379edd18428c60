import { createParser, type EventSourceMessage } from 'eventsource-parser';

export type { EventSourceMessage };

/** The server-sent events in a text that comes in pieces. */
export async function* readEvents(
  chunks: AsyncIterable<string>,
  { onRetry, onComment }: { onRetry(ms: number): void; onComment(): void },
): AsyncGenerator<EventSourceMessage, void, undefined> {
  const come: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => come.push(event), onRetry, onComment });
  for await (const chunk of chunks) {
    parser.feed(chunk);
    yield* come.splice(0);
  }
}
