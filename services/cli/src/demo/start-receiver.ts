import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

const DEADLINE_MS = 20_000;

/** A webhook as it came over the wire: a signature is over exactly these bytes. */
export interface ReceivedWebhook {
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A customer's server, as small as one can be: it keeps what it gets, and answers 204. */
export interface Receiver {
  /** Where webhooks are sent to. */
  url: string;
  /** Everything that has arrived by now, in that order. */
  received: readonly ReceivedWebhook[];
  /** The first webhook; undefined if none comes in time. */
  waitForFirst(signal: AbortSignal): Promise<ReceivedWebhook | undefined>;
  close(): Promise<void>;
}

/** Listen on a free port of this machine. */
export async function startReceiver(): Promise<Receiver> {
  const received: ReceivedWebhook[] = [];
  const first = Promise.withResolvers<ReceivedWebhook>();
  const server = createServer((request, response) => {
    buffer(request).then(
      (body) => {
        const webhook = { headers: request.headers, body };
        received.push(webhook);
        first.resolve(webhook);
        response.writeHead(204).end();
      },
      // Cut off in its middle: whoever sent it sends it again.
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/webhooks`,
    received,
    async waitForFirst(signal) {
      const over = new AbortController();
      const stop = AbortSignal.any([signal, over.signal]);
      try {
        const inTime = delay(DEADLINE_MS, undefined, { signal: stop });
        return await Promise.race([first.promise, inTime]);
      } finally {
        over.abort();
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
