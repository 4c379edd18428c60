import { setTimeout as delay } from 'node:timers/promises';

export interface Reply {
  status: number;
  body: unknown;
}

export interface Call {
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  headers: Record<string, string>;
  body?: unknown;
}

/** One time that something was asked. */
export interface Tried {
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  /** Null: there was no whole answer. */
  status: number | null;
}

const ANSWER_MS = 45_000;

/**
 * Ask until there is an answer that says something, as a careful client does: over the other API after
 * a connection that broke, a 5xx or a 429. Every answer on the way is told.
 * @param once whether to ask a single time, since the request is not safe to repeat.
 * @param final statuses that say something too.
 * @returns undefined where no answer came, or the time was over.
 */
export async function askUntilAnswered(
  urls: readonly string[],
  call: Call,
  options: {
    signal: AbortSignal;
    onReply: (reply: Reply) => void;
    onTry?: (tried: Tried) => void;
    first?: number;
    once?: boolean;
    final?: readonly number[];
  },
): Promise<Reply | undefined> {
  const { signal, onReply, onTry, first = 0, once = false, final = [] } = options;
  for (let tries = 0; !signal.aborted; tries += 1) {
    const url = urls[(first + tries) % urls.length] as string;
    const from = Date.now();
    const reply = await ask(url, call, signal);
    onTry?.({ from, to: Date.now(), status: reply?.status ?? null });
    if (reply) onReply(reply);
    if (reply && ((reply.status < 500 && reply.status !== 429) || final.includes(reply.status))) {
      return reply;
    }
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
