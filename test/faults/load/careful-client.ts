import { setTimeout as delay } from 'node:timers/promises';

export interface Reply {
  status: number;
  body: unknown;
}

export interface Call {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: unknown;
}

const ANSWER_MS = 45_000;

/**
 * Ask until there is an answer that says something, as a careful client does: over the other API after
 * a connection that broke, a 5xx or a 429. Every answer on the way is told.
 * @param once whether to ask a single time, since the request is not safe to repeat.
 * @returns undefined where no answer came, or the time was over.
 */
export async function askUntilAnswered(
  urls: readonly string[],
  call: Call,
  options: {
    signal: AbortSignal;
    onReply: (reply: Reply) => void;
    first?: number;
    once?: boolean;
  },
): Promise<Reply | undefined> {
  const { signal, onReply, first = 0, once = false } = options;
  for (let tries = 0; !signal.aborted; tries += 1) {
    const url = urls[(first + tries) % urls.length] as string;
    const reply = await ask(url, call, signal);
    if (reply) onReply(reply);
    if (reply && reply.status < 500 && reply.status !== 429) return reply;
    if (once) return undefined;
    await delay(Math.min(100 * 2 ** tries, 1_000));
  }
  return undefined;
}

async function ask(url: string, call: Call, signal: AbortSignal): Promise<Reply | undefined> {
  try {
    const response = await fetch(`${url}${call.path}`, {
      method: call.method,
      headers: {
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, body: isJson && text !== '' ? JSON.parse(text) : text };
  } catch (error) {
    // No whole answer: its process died, or is not back yet. What became of the request, nobody knows.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
