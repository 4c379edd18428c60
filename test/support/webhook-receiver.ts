import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface ReceivedWebhook {
  /** The path that it was posted to: one receiver stands for as many endpoints as one likes. */
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  /** `performance.now()` when its body was whole. */
  at: number;
}

/** How a path answers: a status, or whatever it likes (nothing at all: it hangs). */
export type Behaviour = number | ((response: ServerResponse, webhook: ReceivedWebhook) => void);

export interface WebhookReceiver {
  url: string;
  /** Every request whose body was whole, in the order of arrival, whatever was answered. */
  received: ReceivedWebhook[];
  at(path: string): ReceivedWebhook[];
  /** Answer this path so from now on; 204 unless told. */
  answer(path: string, behaviour: Behaviour): void;
  /** Requests that are open now. */
  open(path: string): number;
  close(): Promise<void>;
}

export const hang: Behaviour = () => undefined;

/** Sends its headers, and then a byte of the body every 100 ms for as long as anybody reads. */
export const drip: Behaviour = (response) => {
  response.writeHead(200, { 'content-type': 'text/plain' });
  const timer = setInterval(() => response.write('.'), 100);
  response.once('close', () => clearInterval(timer));
};

/** Sends a byte of its headers every 100 ms, and never comes to their end. */
export const dripHeaders: Behaviour = (response) => {
  const { socket } = response;
  socket?.write('HTTP/1.1 200 OK\r\nx-slow: ');
  const timer = setInterval(() => socket?.write('.'), 100);
  response.once('close', () => clearInterval(timer));
};

export const redirectTo =
  (location: string): Behaviour =>
  (response) =>
    response.writeHead(302, { location }).end();

export interface ReceiverOptions {
  /** Asked before anything of a request is read; true: it is cut off there, and not written down. */
  cutBefore?: (path: string) => boolean;
}

/** A real HTTP server that writes down what was posted to it. */
export async function startWebhookReceiver({
  cutBefore = () => false,
}: ReceiverOptions = {}): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const behaviours = new Map<string, Behaviour>();
  const open = new Map<string, number>();
  const count = (path: string, by: number) => open.set(path, (open.get(path) ?? 0) + by);

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    count(path, 1);
    response.once('close', () => count(path, -1));
    if (cutBefore(path)) return void request.destroy();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const webhook = {
      path,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
      at: performance.now(),
    };
    received.push(webhook);
    const behaviour = behaviours.get(path) ?? 204;
    if (typeof behaviour === 'number') response.writeHead(behaviour).end();
    else behaviour(response, webhook);
  }

  const server = createServer((request, response) => {
    // A sender that is killed, or gives up, in the middle is what these tests are about.
    take(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    at: (path) => received.filter((webhook) => webhook.path === path),
    answer: (path, behaviour) => void behaviours.set(path, behaviour),
    open: (path) => open.get(path) ?? 0,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
