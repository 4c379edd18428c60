import { checkStreamEvent } from './contract/check-answer.ts';

/** One server-sent event, its data parsed; a comment has no type, and its text as data. */
export interface StreamEvent {
  type: string;
  id: string | undefined;
  // Tests read events of every shape; a wrong guess fails the assertion that follows.
  // oxlint-disable-next-line typescript/no-explicit-any
  data: any;
}

export interface EventStream {
  status: number;
  headers: Headers;
  /** What was said, as it comes; throws where the connection breaks. */
  events: AsyncGenerator<StreamEvent>;
  /** The text of an answer that is no stream. */
  text(): Promise<string>;
  close(): void;
}

/** Open a stream as an EventSource does, but with a key; its events must be in the OpenAPI document. */
export async function openEvents(
  url: string,
  { key, lastEventId }: { key: string; lastEventId?: string | undefined },
): Promise<EventStream> {
  const leaving = new AbortController();
  const response = await fetch(url, {
    signal: leaving.signal,
    headers: {
      'x-api-key': key,
      accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
  });
  return {
    status: response.status,
    headers: response.headers,
    events: parse(response),
    text: () => response.text(),
    close: () => leaving.abort(),
  };
}

/** All that a stream says until it is ended, comments and `retry` left out. */
export async function readEvents(
  url: string,
  options: { key: string; lastEventId?: string | undefined },
): Promise<StreamEvent[]> {
  const stream = await openEvents(url, options);
  if (stream.status !== 200) throw new Error(`${stream.status} ${await stream.text()}`);
  const events = [];
  for await (const event of stream.events) if (event.type !== '') events.push(event);
  return events;
}

async function* parse(response: Response): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    // Half an event is none: whoever is cut off in it goes on from the one before.
    rest = blocks.pop() as string;
    for (const block of blocks) {
      const field = (name: string) =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      const comment = block.startsWith(': ') ? block.slice(2) : undefined;
      const data = field('data');
      const type = field('event') ?? '';
      if (data !== undefined) checkStreamEvent(type, JSON.parse(data));
      yield {
        type,
        id: field('id'),
        data: data === undefined ? (comment ?? block) : JSON.parse(data),
      };
    }
  }
}
